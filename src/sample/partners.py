"""The other organisations of the sample county: offices, companies, premises, a college, parent committees.
None of them is a real place."""

from typing import NamedTuple

from sample.county import NAME, SCHOOLS, TOWNS


class Partner(NamedTuple):
    """One organisation beside schools, bureaus and villages; `region` is the county or a town."""

    key: str
    kind: str
    name: str
    short: str
    region: str
    parent: str = "county"


OF_THE_COUNTY: tuple[tuple[str, str, str, str], ...] = (
    # key, kind, name, short name
    ("county-party", "party-committee", "中共青禾县委员会", "县委"),
    ("emergency-management", "emergency-management", "青禾县应急管理局", "应急管理局"),
    ("transport-office", "transport-office", "青禾县交通运输局", "交通局"),
    ("housing-office", "housing-office", "青禾县住房和城乡建设局", "住建局"),
    ("justice-office", "justice-office", "青禾县司法局", "司法局"),
    ("procuratorate", "procuratorate", "青禾县人民检察院", "县检察院"),
    ("court", "court", "青禾县人民法院", "县法院"),
    ("press", "press", "中共青禾县委宣传部", "宣传部"),
    ("petition-office", "petition-office", "青禾县信访局", "信访局"),
    ("youth-league", "youth-league", "共青团青禾县委员会", "团县委"),
    ("womens-federation", "womens-federation", "青禾县妇女联合会", "县妇联"),
    ("guards-company", "security-company", "青禾县平安保安服务有限公司", "平安保安"),
    ("bus-company", "bus-company", "青禾县禾苗校车服务有限公司", "禾苗校车"),
    ("catering-company", "catering-company", "青禾县田园学生餐配送有限公司", "田园配餐"),
    ("public-transport", "public-transport-company", "青禾县公共交通有限公司", "县公交"),
)

PREMISES: tuple[tuple[str, str, str, str], ...] = (
    # key, name, short name, town
    ("county-hospital", "青禾县人民医院", "县医院", "城关镇"),
    ("coach-station", "青禾县汽车客运站", "客运站", "城关镇"),
    ("mall", "城关镇百禾商场", "百禾商场", "城关镇"),
    ("linhe-hospital", "临河镇卫生院", "临河卫生院", "临河镇"),
    ("linhe-home", "临河镇敬老院", "临河敬老院", "临河镇"),
)

AREAS: dict[str, dict[str, tuple[str, ...]]] = {
    "城关镇": {"城东": TOWNS["城关镇"][:6], "城西": TOWNS["城关镇"][6:]},
    "临河镇": {"河东": TOWNS["临河镇"][:4], "河西": TOWNS["临河镇"][4:8], "长堤": TOWNS["临河镇"][8:]},
}
"""Two towns have management areas (管区) between themselves and their villages."""

WITH_OFFICES = ("临河镇", "柳泉镇")
"""Towns with an education office and an office for public order of their own."""

WITH_SQUADS = ("城关镇", "临河镇", "柳泉镇")
"""Towns in which the market regulator and the traffic police have an office."""

WITH_COMMITTEES = (
    "no2-kindergarten",
    "county-kindergarten",
    "experimental-primary",
    "linhe-central",
    "linhe-junior",
    "no1-high",
)
"""Schools whose parent committee is on file."""

DEPARTMENTS = ("机电工程", "信息技术", "旅游服务", "学前教育")
"""Departments (系部) of the county's college."""

COLLEGE = "qinghe-college"


def area_of(town: str, village: str) -> str:
    """The key of the management area over a village, or of its town where there is none."""
    for area, villages in AREAS.get(town, {}).items():
        if village in villages:
            return f"area-{town}-{area}"
    return f"town-{town}"


def partners() -> list[Partner]:
    """All of them, each after its parent."""
    found = [Partner(key, kind, name, short, NAME) for key, kind, name, short in OF_THE_COUNTY]
    found += [
        Partner(key, "premises", name, short, town, f"town-{town}") for key, name, short, town in PREMISES
    ]
    for town, areas in AREAS.items():
        found += [
            Partner(f"area-{town}-{area}", "management-area", f"{town}{area}管区", area, town, f"town-{town}")
            for area in areas
        ]
    for town in WITH_OFFICES:
        place = town.removesuffix("镇")
        found += [
            Partner(
                f"education-{town}",
                "town-education-office",
                f"{town}教育办公室",
                f"{place}教育办",
                town,
                "education-bureau",
            ),
            Partner(
                f"stability-{town}",
                "town-stability-office",
                f"{town}社会治安综合治理办公室",
                f"{place}综治办",
                town,
                f"town-{town}",
            ),
        ]
    for town in WITH_SQUADS:
        place = town.removesuffix("镇")
        found += [
            Partner(
                f"market-{town}",
                "market-regulator",
                f"青禾县市场监督管理局{place}市场监管所",
                f"{place}市场监管所",
                town,
                "market-regulator",
            ),
            Partner(
                f"traffic-{town}",
                "traffic-police",
                f"青禾县公安局交通警察大队{place}中队",
                f"交警{place}中队",
                town,
                "traffic-police",
            ),
        ]
    names = {school.key: school for school in SCHOOLS}
    found += [
        Partner(
            f"parents-{key}",
            "parent-committee",
            f"{names[key].name}家长委员会",
            f"{names[key].short}家委会",
            names[key].town,
            key,
        )
        for key in WITH_COMMITTEES
    ]
    found.append(Partner(COLLEGE, "college", "青禾职业技术学院", "青禾学院", "城关镇", "education-bureau"))
    found += [
        Partner(
            f"department-{name}", "college-department", f"青禾职业技术学院{name}系", name, "城关镇", COLLEGE
        )
        for name in DEPARTMENTS
    ]
    return found
