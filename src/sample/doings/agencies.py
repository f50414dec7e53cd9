"""What the bureau and the agencies do."""

from collections.abc import Iterator
from datetime import date, timedelta

from huyuan.kernel.calendar import Calendar
from huyuan.kernel.days import days_between
from sample.county import SCHOOLS, TOWNS
from sample.doings.doing import Doing, Ref, clock
from sample.names import draw


def of_agencies(since: date, today: date, calendar: Calendar) -> Iterator[Doing]:
    """The bureau, the police and the towns."""
    bureau = "education-bureau"
    first = clock(since, 10)
    iso = since.isoformat()
    for kind in (
        "bureau-safety",
        "prevention-group",
        "inspection-group",
        "joint-coordination",
        "joint-supervision",
    ):
        yield Doing(
            "body",
            bureau,
            "bureau-officer",
            {
                "date": iso,
                "kind": kind,
                "state": True,
                "missing": 0,
                "members": [{"role": "head", "unit": "教育局", "name": "分管副局长"}],
            },
            first,
            first + timedelta(minutes=30),
        )
    yield Doing(
        "area-assignment",
        bureau,
        "bureau-officer",
        {
            "date": iso,
            "areas": [
                {
                    "area": town,
                    "schools": [Ref("org", school.key) for school in SCHOOLS if school.town == town],
                    "responsible": Ref("person", "bureau-officer", number),
                    "slot": "每月上、下旬各一次",
                }
                for number, town in enumerate(TOWNS)
            ],
            "unassigned": 0,
        },
        first,
        first + timedelta(minutes=50),
    )
    workdays = [day for day in days_between(since, today) if calendar.is_workday(day)]
    for number, day in enumerate(workdays):
        if number % 2:
            continue
        school = SCHOOLS[(number // 2 * 7) % len(SCHOOLS)]
        occurred = clock(day, 10)
        topics = (
            "gate",
            "physical-defence",
            "technical-defence",
            "food",
            "fire",
            "education",
            "plans-drills",
            "policies",
        )
        yield Doing(
            "inspection",
            bureau,
            "bureau-officer",
            {
                "date": day.isoformat(),
                "school": Ref("org", school.key),
                "kind": ("supervision", "area", "joint-supervision")[number // 2 % 3],
                "mode": "unannounced" if number % 3 == 0 else "open",
                "topics": list(topics[: 3 + draw(f"{day}/topics", 6)]),
                "found": False,
                "outcome": ("good", "good", "ordinary")[draw(f"{day}/outcome", 3)],
                "feedback": True,
            },
            occurred,
            occurred + timedelta(hours=5),
        )
    for number, day in enumerate(workdays[15::22]):
        occurred = clock(day, 9)
        yield Doing(
            "rectification-action",
            bureau,
            "bureau-officer",
            {
                "date": day.isoformat(),
                "scope": ["perimeter"],
                "partner": [
                    Ref("org", "police-bureau"),
                    Ref("org", "market-regulator"),
                    Ref("org", "urban-management"),
                ],
                "venues": ["street-stall", "small-dining"],
                "sites": f"{list(TOWNS)[number % len(TOWNS)]}各校门口及周边",
                "people": 18,
                "results": "劝离流动摊贩，责令两家小饭桌补办手续。",
            },
            occurred,
            occurred + timedelta(hours=8),
            asked=("police-bureau", "market-regulator", "urban-management"),
            signed=("police-bureau", "market-regulator", "urban-management"),
        )
    for day in workdays[15::22]:
        occurred = clock(day, 16)
        yield Doing(
            "bulletin",
            bureau,
            "bureau-officer",
            {
                "date": day.isoformat(),
                "kind": "risk-notice",
                "title": f"{day.month}月校园安全风险通报",
                "to": ["schools"],
                "content": "本月隐患数量的变化、要防范的风险和各校要做的事。",
            },
            occurred,
            occurred + timedelta(hours=1),
        )
    for day in workdays[40:41]:
        occurred = clock(day, 15)
        yield Doing(
            "bulletin",
            bureau,
            "bureau-officer",
            {
                "date": day.isoformat(),
                "kind": "risks-and-cases",
                "partner": [Ref("org", "police-bureau")],
                "title": "校园及周边重大风险隐患季度通报",
                "to": ["schools", "departments"],
                "content": "本季度排查发现的重大风险隐患和处置情况。",
            },
            occurred,
            occurred + timedelta(hours=1),
            asked=("police-bureau",),
            signed=("police-bureau",),
        )
