"""Who works where in the sample county: posts of a school by its size, of an agency by its kind; some
acting, some vacant."""

from collections.abc import Iterator
from datetime import date
from math import ceil
from typing import NamedTuple

from sample.county import School
from sample.names import draw, share


class Seat(NamedTuple):
    """One post and how it is filled: `held` by its own person, `acting` by the person of seat `by`, or
    `vacant`."""

    kind: str
    title: str
    fill: str = "held"
    by: str = ""
    class_name: str = ""
    certificate: date | None = None
    certified: bool = False


LEADER_AND_OFFICER = (Seat("agency-leader", "分管负责人"), Seat("agency-officer", "联络员"))

SEATS_BY_KIND: dict[str, tuple[Seat, ...]] = {
    "education-bureau": (
        Seat("bureau-leader", "分管副局长"),
        Seat("bureau-officer", "安全股股长"),
        Seat("bureau-officer", "安全股干部"),
        Seat("admin", "系统管理员"),
    ),
    "town-education-office": (Seat("bureau-leader", "教育办主任"), Seat("bureau-officer", "安全干事")),
    "police-bureau": (Seat("police-leader", "分管副局长"), Seat("police-liaison", "治安大队内保民警")),
    "police-station": (Seat("police-leader", "所长"), Seat("police-liaison", "驻校联络民警")),
    "traffic-police": (Seat("traffic-officer", "宣传中队民警"), Seat("police-leader", "负责人")),
    "market-regulator": (Seat("market-officer", "餐饮监管股干部"), Seat("agency-leader", "负责人")),
    "fire-brigade": (Seat("fire-officer", "防火监督员"), Seat("agency-leader", "分管负责人")),
    "health-office": (Seat("health-officer", "学校卫生监督员"), Seat("agency-leader", "分管负责人")),
    "county-government": (Seat("county-leader", "分管副县长"),),
    "town-government": (Seat("town-officer", "教育专干"), Seat("town-leader", "分管副镇长")),
    "town-stability-office": (Seat("agency-leader", "主任"), Seat("town-officer", "综治专干")),
    "management-area": (Seat("area-director", "管区主任"), Seat("town-officer", "管区干部")),
    "village-committee": (Seat("village-head", "村主任"), Seat("village-officer", "治保委员")),
    "security-company": (Seat("company-manager", "经理"), Seat("guard-captain", "驻校大队长")),
    "bus-company": (
        Seat("company-manager", "经理"),
        Seat("bus-driver", "驾驶员"),
        Seat("bus-escort", "照管员"),
    ),
    "catering-company": (Seat("company-manager", "经理"),),
    "public-transport-company": (Seat("company-manager", "运营经理"),),
    "premises": (Seat("premises-head", "负责人"), Seat("safety-officer", "安全管理员")),
    "parent-committee": (Seat("parent-chair", "家委会主任"),),
    "college": (
        Seat("head", "院长"),
        Seat("vice-principal-safety", "分管安全副院长"),
        Seat("safety-officer", "保卫处处长"),
        Seat("student-affairs-officer", "学工处处长"),
        Seat("youth-league-officer", "院团委书记"),
        Seat("logistics-officer", "后勤处处长"),
        Seat("aid-officer", "资助中心干事"),
        Seat("legal-vice-principal", "法治副校长", "vacant"),
        Seat("guard", "保安1"),
        Seat("guard", "保安2"),
    ),
    "college-department": (
        Seat("department-head", "系主任"),
        Seat("counsellor", "辅导员"),
        Seat("class-teacher", "2026级1班班主任", class_name="2026级1班"),
    ),
} | dict.fromkeys(
    (
        "party-committee",
        "urban-management",
        "culture-office",
        "political-legal-committee",
        "emergency-management",
        "transport-office",
        "housing-office",
        "justice-office",
        "procuratorate",
        "court",
        "press",
        "petition-office",
        "youth-league",
        "womens-federation",
    ),
    LEADER_AND_OFFICER,
)


def guards_hired(school: School) -> int:
    """How many guards the school has: most have what their size asks for, some are one short, none has too
    many."""
    if school.pupils < 60:
        return 1
    wanted = 4 + max(0, ceil((school.pupils - 500) / 500))
    short = draw(f"{school.key}/guards", 5) == 0
    return max(1, wanted - (1 if short else 0)) if school.pupils >= 100 else 2


def classes_of(school: School) -> int:
    """How many classes of the school are on file."""
    return min(12, max(3, school.pupils // 45))


def seats(school: School, today: date) -> Iterator[Seat]:
    """The posts of a school. In a teaching point of three people the head is also the safety officer."""
    kindergarten = school.kind == "kindergarten"
    of_its_own = school.kind not in ("teaching-point", "campus")
    yield Seat("head", "园长" if kindergarten else "校长" if of_its_own else "负责人")
    if school.kind == "teaching-point":
        yield Seat("safety-officer", "安全员", "acting", by="head")
        for number in range(1, school.staff):
            yield Seat("class-teacher", f"{number}年级班主任", class_name=f"{number}年级")
        yield Seat("guard", "门卫")
        return
    vacant = share(f"{school.key}/vice") < 0.06
    yield Seat(
        "vice-principal-safety",
        "分管安全副园长" if kindergarten else "分管安全副校长",
        "vacant" if vacant else "held",
    )
    if school.pupils < 100 or share(f"{school.key}/officer") < 0.1:
        yield Seat("safety-officer", "安全员", "acting", by="head" if vacant else "vice-principal-safety")
    else:
        yield Seat("safety-officer", "安全办主任" if school.pupils > 1000 else "安全员")
    for number in range(1, guards_hired(school) + 1):
        yield Seat("guard", f"保安{number}", certified=True, certificate=_certificate(school, number, today))
    for number in range(1, classes_of(school) + 1):
        name = _class_name(school, number)
        yield Seat("class-teacher", f"{name}班主任", class_name=name)
    for number in (1, 2):
        yield Seat("duty-teacher", f"值日教师{number}")
    if school.boarders:
        yield Seat("dormitory-staff", "生活老师")
    if school.canteen:
        yield Seat("canteen-manager", "食堂管理员")


def _class_name(school: School, number: int) -> str:
    if school.kind == "kindergarten":
        return ("小", "中", "大")[(number - 1) % 3] + f"{(number - 1) // 3 + 1}班"
    return f"{(number - 1) % 6 + 1}年级{(number - 1) // 6 + 1}班"


def _certificate(school: School, number: int, today: date) -> date:
    """Until when the guard's certificate runs: a few ran out this term."""
    if number == 1 and draw(f"{school.key}/certificate", 9) == 0:
        return date(today.year, today.month, 1).replace(day=12)
    return date(today.year + 2, 6, 30)
