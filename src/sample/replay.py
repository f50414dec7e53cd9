"""A district's campaign of spring 2019, entered day by day through the program's own actions.

As large as the one that the report of `packs/district-2019-campaign-report` tells of; every figure of
`./huyuan report campaign` comes from what is entered here, none is written down beside it. It stands with the
sample because it is a made-up district that people can sign in to look at; unlike the sample county it is
not written in bulk, so it also tries the actions as hundreds of people would.
"""

import time as clock
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from uuid import NAMESPACE_OID, UUID, uuid5

from django.conf import settings

from huyuan.cases import actions as cases
from huyuan.cases.models import Case, Part
from huyuan.duties.actions import adopt
from huyuan.kernel.days import at
from huyuan.kernel.errors import Refused
from huyuan.orgs.actions import rebuild_reach
from huyuan.orgs.actor import Actor, actor_for, system_actor
from huyuan.orgs.models import Account, Appointment, Liaison, Organisation, Person, Post, Region
from huyuan.orgs.session import acting
from huyuan.packs.actions import install
from huyuan.registers import actions as registers
from huyuan.registers.models import Entry
from huyuan.registers.queries import current_form
from huyuan.trace.models import File
from sample.load import signature
from sample.names import person

CODE = 990102
"""Outside GB/T 2260's provinces, like the sample county's."""

PACK = "district-2019-campaign-report"
FIRST = date(2019, 4, 3)
LAST = date(2019, 7, 30)
APPOINTED = date(2019, 3, 1)

TOWNS = ("松岭镇", "河口镇", "石鼓镇", "桃源街道")
AGENCIES: Mapping[str, tuple[str, str, str, str]] = {
    # key → kind, name, post of who acts for it, where it stands
    "bureau": ("education-bureau", "云和区教育局", "bureau-officer", "district"),
    "police": ("police-bureau", "公安局云和分局", "police-liaison", "district"),
    "traffic": ("traffic-police", "云和交警大队", "traffic-officer", "district"),
    "transport": ("transport-office", "云和区交通运输局", "agency-officer", "district"),
    "market": ("market-regulator", "云和区市场监督管理局", "market-officer", "district"),
    "culture": ("culture-office", "云和区文化和旅游局", "agency-officer", "district"),
    **{f"town-{town}": ("town-government", f"{town}人民政府", "town-officer", town) for town in TOWNS},
}
REMOVERS: Mapping[str, tuple[str, ...]] = {
    "food": ("market",),
    "culture": ("culture",),
    "public-order": ("police",),
    "traffic": ("traffic", "traffic", "transport"),
}
"""Category → who removes such hazards, in turn."""
CHECKERS = ("bureau", "police", "traffic", "market")
"""Who goes to check schools, in turn; after them the town in which the school lies."""
SPOTS: Mapping[str, tuple[str, str]] = {
    "food": ("校门口食品摊点", "无证流动摊贩，食品来源不明"),
    "culture": ("校园周边网吧", "未成年人进入没有登记"),
    "public-order": ("校门外巷道", "路灯不亮，闲散人员聚集"),
    "traffic": ("校门口路段", "上下学时段乱停车"),
}
SURVEYED = ("shops", "stores", "hawkers", "illegal-transport", "school-traffic", "public-order", "culture")


@dataclass(frozen=True)
class Size:
    """How large a campaign is: schools, hazards by category, checks and the people on them (人次)."""

    schools: int
    hazards: Mapping[str, int]
    checks: int
    people: int

    @property
    def found(self) -> list[str]:
        """The category of each hazard."""
        return [category for category, many in self.hazards.items() for _ in range(many)]


FULL = Size(61, {"food": 48, "culture": 2, "public-order": 23, "traffic": 63}, 656, 3739)
"""S2-P2-004, -005, -006, -013."""


@dataclass
class District:
    """Its organisations and who acts for each of them; `sheet` is the photo of a signed paper."""

    orgs: dict[str, Organisation] = field(default_factory=dict)
    actors: dict[str, Actor] = field(default_factory=dict)
    schools: list[str] = field(default_factory=list)
    sheet: File = field(default_factory=File)
    running: Iterator[int] = field(default_factory=count)

    def town_of(self, school: str) -> str:
        """The key of the town's government."""
        return f"town-{TOWNS[self.schools.index(school) % len(TOWNS)]}"

    def id(self, key: str) -> UUID:
        """Of an organisation."""
        return self.orgs[key].id

    def client_id(self) -> UUID:
        """The next one; the same in each replay."""
        return uuid5(NAMESPACE_OID, f"{CODE}/{next(self.running)}")

    def submit(self, who: str, form: str, answers: Mapping[str, str | list[str]], now: datetime) -> Entry:
        """Somebody hands in an entry for their own organisation."""
        given = {name: [said] if isinstance(said, str) else said for name, said in answers.items()}
        with acting(self.actors[who]):
            return registers.submit(
                actor=self.actors[who],
                form_id=current_form(form).id,
                org_id=self.id(who),
                client_id=self.client_id(),
                answers=given,
                uploads={self.sheet.id: "签字表.png"},
                now=now,
            )


def day(number: int, of: int, first: date, last: date) -> date:
    """The day of the `number`th of so many things that are spread evenly from the first to the last day."""
    return first + timedelta(days=(last - first).days * number // max(of - 1, 1))


def replay(size: Size = FULL) -> Iterator[str]:
    """Build the district and enter its campaign, saying what has been done. Raises Refused
    `already-replayed` where the district stands already, be it half-way."""
    started = clock.monotonic()
    with acting(system_actor("建立示例区", CODE)):
        if Region.objects.filter(county_id=CODE).exists():
            raise Refused("already-replayed", "这里已经有这个示例区。请换一个数据目录（--data 目录）再运行。")
    begun = at(APPOINTED, "08:00")
    for pack in ("catalogue", "base", PACK):
        install(settings.PACKS_DIR / pack, now=begun)
    district = build(size.schools, begun)
    adopt(
        actor=district.actors["bureau"],
        org_id=district.id("bureau"),
        pack_key=PACK,
        go_live=FIRST,
        decided_by="云和区教育局局务会议",
        local_values={"schools-to-survey": size.schools},
        now=at(FIRST, "08:30"),
    )
    for said in (begin, survey, lists, check, handle):
        yield f"{said(district, size)}（{clock.monotonic() - started:.1f} 秒）"


def build(schools: int, now: datetime) -> District:
    """Towns, agencies, schools, and for each a person in its post."""
    district = District()
    system = system_actor("建立示例区", CODE)
    with acting(system):
        regions = {"district": Region(county_id=CODE, kind="county", name="云和区")}
        for town in TOWNS:
            regions[town] = Region(county_id=CODE, kind="town", name=town, parent=regions["district"])
        Region.objects.bulk_create(regions.values())

        def add(key: str, kind: str, name: str, region: str, parent: Organisation | None) -> Organisation:
            district.orgs[key] = Organisation(
                county_id=CODE, key=f"campaign-{key}", kind=kind, name=name, short_name=name,
                region=regions[region], parent=parent,
            )  # fmt: skip
            return district.orgs[key]

        top = add("government", "county-government", "云和区人民政府", "district", None)
        for key, (kind, name, _, region) in AGENCIES.items():
            add(key, kind, name, region, top)
        for number in range(schools):
            key, town = f"school-{number + 1}", TOWNS[number % len(TOWNS)]
            kind, called = ("campus", "校区") if number % 10 == 9 else ("school", "小学")
            add(key, kind, f"{town}第{number + 1}{called}", town, district.orgs["bureau"])
            district.schools.append(key)
        Organisation.objects.bulk_create(district.orgs.values())
        Liaison.objects.bulk_create(
            Liaison(
                county_id=CODE, school=district.orgs[school], agency=district.orgs[key], from_day=APPOINTED
            )
            for school in district.schools
            for key in ("police", "traffic", "transport", "market", "culture")
        )
        rebuild_reach(CODE, APPOINTED)
    system = system_actor("建立示例区", CODE)
    with acting(system):
        seats = {key: post for key, (_, _, post, _) in AGENCIES.items()} | dict.fromkeys(
            district.schools, "head"
        )
        people = {key: Person(county_id=CODE, name=person(key), home=district.orgs[key]) for key in seats}
        posts = {
            key: Post(county_id=CODE, org=district.orgs[key], kind=kind, title=kind)
            for key, kind in seats.items()
        }
        accounts = {
            key: Account(county_id=CODE, person=one, username=f"{CODE}-{key}", sample=True)
            for key, one in people.items()
        }
        Person.objects.bulk_create(people.values())
        Post.objects.bulk_create(posts.values())
        Appointment.objects.bulk_create(
            Appointment(county_id=CODE, post=posts[key], person=people[key], from_day=APPOINTED)
            for key in seats
        )
        Account.objects.bulk_create(accounts.values())
        district.sheet = signature(now, CODE)
    district.actors = {key: actor_for(account, FIRST) for key, account in accounts.items()}
    return district


def begin(district: District, size: Size) -> str:
    """The plan is handed down and everybody called together (S2-P2-001)."""
    for step, what in (("plan", "下达实施方案"), ("mobilised", "动员部署会")):
        told = {"date": f"{FIRST}", "name": "护校安园", "step": step, "what": what}
        district.submit("bureau", "campaign-step", told, at(FIRST, "17:00"))
    return "下达方案、动员部署"


def survey(district: District, size: Size) -> str:
    """The bureau and the towns go round every school, all seven kinds of thing (S2-P2-004)."""
    at_school = [district.schools[number % size.schools] for number in range(len(size.found))]
    for number, school in enumerate(district.schools):
        on = day(number, size.schools, date(2019, 4, 8), date(2019, 4, 26))
        found = at_school.count(school)
        told: dict[str, str | list[str]] = {
            "date": f"{on}",
            "school": f"{district.id(school)}",
            "partner": f"{district.id(district.town_of(school))}",
            "categories": list(SURVEYED),
            "counts.0.category": "周边场所",
            "counts.0.sites": f"{found + 5}",
            "counts.0.hazards": f"{found}",
            "found": f"{found}",
            "signed_sheet": f"{district.sheet.id}",
        }
        district.submit("bureau", "perimeter-survey", told, at(on, "17:00"))
    return f"摸排 {size.schools} 所学校"


def lists(district: District, size: Size) -> str:
    """What was found is put on a list for each category, and every line is a hazard from then on
    (S2-P2-008)."""
    on = date(2019, 4, 28)
    number = 0
    for category, many in size.hazards.items():
        spot, wrong = SPOTS[category]
        told: dict[str, str | list[str]] = {
            "date": f"{on}",
            "title": f"整治清单（{spot}）",
            "count": f"{many}",
        }
        for line in range(many):
            school = district.schools[number % size.schools]
            told |= {
                f"problems.{line}.school": f"{district.id(school)}",
                f"problems.{line}.spot": spot,
                f"problems.{line}.category": category,
                f"problems.{line}.area": "perimeter",
                f"problems.{line}.description": wrong,
                f"problems.{line}.action_on": "2019-05-20",
                f"problems.{line}.measure": "联合整治",
                f"problems.{line}.lead": AGENCIES[REMOVERS[category][0]][1],
            }
            number += 1
        district.submit("bureau", "rectification-list", told, at(on, "17:00"))
    return f"整治清单 {len(size.hazards)} 份，隐患 {number} 处"


def check(district: District, size: Size) -> str:
    """Checks of schools until the end of July, with so many people altogether (S2-P2-013)."""
    for number in range(size.checks):
        on = day(number, size.checks, date(2019, 4, 8), LAST)
        school = district.schools[number % size.schools]
        who = (*CHECKERS, district.town_of(school))[number % (len(CHECKERS) + 1)]
        # Whole people, the rest spread evenly: they add up to the sum exactly.
        people = size.people * (number + 1) // size.checks - size.people * number // size.checks
        told: dict[str, str | list[str]] = {
            "date": f"{on}",
            "school": f"{district.id(school)}",
            "kind": "concentrated",
            "mode": "open",
            "people": f"{people}",
            "topics": "perimeter",
            "found": "no",
            "outcome": "ordinary",
            "feedback": "yes",
        }
        district.submit(who, "inspection", told, at(on, "17:00"))
    return f"检查整治 {size.checks} 次"


def handle(district: District, size: Size) -> str:
    """Every hazard is given to the agency that can remove it, which accepts and fixes it; the school looks
    (S2-P2-007, -014)."""
    with acting(system_actor("重走专项行动", CODE)):
        hazards = list(
            Case.objects.filter(county_id=CODE).order_by("number").values_list("id", "category", "org_id")
        )
    key_of = {org.id: key for key, org in district.orgs.items()}
    for number, (case_id, category, org_id) in enumerate(sorted(hazards)):
        given = day(number, len(hazards), date(2019, 4, 29), date(2019, 5, 10))
        fixed = day(number, len(hazards), date(2019, 5, 20), date(2019, 7, 25))
        able = REMOVERS[category]
        agency = able[number % len(able)]
        bureau, remover, owner = (district.actors[key] for key in ("bureau", agency, key_of[org_id]))
        with acting(bureau):
            cases.assign(
                actor=bureau, case_id=case_id, client_id=district.client_id(), lead=district.id(agency),
                what="联合整治", due=date(2019, 7, 30), now=at(given, "09:00"),
            )  # fmt: skip
        with acting(remover):
            part = Part.objects.get(case_id=case_id, org_id=district.id(agency), state="offered").id
            cases.accept(
                actor=remover, case_id=case_id, client_id=district.client_id(), part_id=part,
                now=at(given, "15:00"),
            )  # fmt: skip
            cases.fix(
                actor=remover, case_id=case_id, client_id=district.client_id(), part_id=part,
                what="已整改", now=at(fixed, "16:00"),
            )  # fmt: skip
        with acting(owner):
            cases.verify(
                actor=owner, case_id=case_id, client_id=district.client_id(), what="现场看过，已消除",
                now=at(fixed + timedelta(days=2), "10:00"),
            )  # fmt: skip
    return f"销号 {len(hazards)} 处"
