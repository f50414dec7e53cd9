"""A term of acts: what the schools and agencies of the sample county did and wrote down, by habit.

Each doing is one form filled in. Bodies are as `kernel.fields` stores them. Names, places and organisations that a
form points to are given as `Ref`s and filled in when the rows are made.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from huyuan.kernel.calendar import Calendar, monday_of
from huyuan.kernel.days import SHANGHAI, day_of, days_between
from sample.county import DEMO_SCHOOL, HABITS, SCHOOLS, TOWNS, School
from sample.names import draw, share
from sample.people import guards_hired


class Ref(NamedTuple):
    """What a body points to: an organisation by key, or the n-th holder of a post in the doing's organisation."""

    kind: str
    key: str
    number: int = 0


@dataclass(frozen=True)
class Doing:
    """One form filled in at `org` by the n-th holder of `post`; `signed`: partners that signed it."""

    form: str
    org: str
    post: str
    body: dict[str, Any]
    occurred: datetime
    recorded: datetime
    confirmed: datetime | None = None
    confirmer: str = ""
    signed: tuple[str, ...] = ()
    number: int = 0
    asked: tuple[str, ...] = field(default=())


def clock(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), SHANGHAI)


def habit(school: School) -> str:
    """steady, late, lazy or careless; the school that visitors look at is steady."""
    return "steady" if school.key == DEMO_SCHOOL else HABITS[draw(f"{school.key}/habit", len(HABITS))]


def done(school: School, what: str, usual: float = 0.97) -> bool:
    """Did the school do it at all?"""
    chance = {"steady": usual, "late": usual - 0.07, "lazy": 0.55, "careless": usual - 0.05}[habit(school)]
    return share(f"{school.key}/{what}/done") < chance


def recorded(school: School, what: str, occurred: datetime) -> datetime:
    """When it was entered: the same evening, or days later where the school is late."""
    delay = timedelta(minutes=20 + draw(f"{school.key}/{what}/delay", 200))
    if habit(school) == "late" and share(f"{school.key}/{what}/late") < 0.45:
        delay += timedelta(days=4 + draw(f"{school.key}/{what}/days", 3))
    return occurred + delay


HAZARDS: tuple[tuple[str, str, str, str], ...] = (
    ("东侧楼梯", "buildings", "扶手松动，护栏间距偏大", "inside"),
    ("食堂后厨", "food", "生熟砧板未分开存放", "inside"),
    ("教学楼二层走廊", "fire", "灭火器压力不足", "inside"),
    ("宿舍一层", "fire", "私拉电线充电", "inside"),
    ("校门口路段", "traffic", "放学时机动车占道停放", "perimeter"),
    ("正门外西侧", "perimeter", "流动摊贩占道，出售三无食品", "perimeter"),
    ("运动场", "buildings", "篮球架底座锈蚀", "inside"),
    ("配电间", "fire", "堆放杂物，未上锁", "inside"),
    ("后门", "physical-defence", "监控有盲区", "inside"),
    ("实验室", "management", "危险药品领用登记不全", "inside"),
)
PLACES = (
    "gate",
    "classroom",
    "stairs",
    "toilet",
    "playground",
    "fire-equipment",
    "wiring",
    "security-equipment",
)


def doings(since: date, daily_from: date, today: date, calendar: Calendar, now: datetime) -> Iterator[Doing]:
    """Everything entered up to `now`, school by school, in no particular order; daily duties from `daily_from`."""
    for school in SCHOOLS:
        first = max(since, school.opened or since)
        for doing in of_school(school, first, daily_from, today, calendar):
            if doing.recorded <= now and not left_for_visitors(doing, today):
                yield doing
    for doing in of_agencies(since, today, calendar):
        if doing.recorded <= now:
            yield doing


def left_for_visitors(doing: Doing, today: date) -> bool:
    """This week's check and this month's consultation of the school that visitors look at are theirs to do."""
    since = {"hazard-check": monday_of(today), "monthly-consultation": today.replace(day=1)}.get(doing.form)
    return doing.org == DEMO_SCHOOL and since is not None and day_of(doing.occurred) >= since


def of_school(
    school: School, first: date, daily_from: date, today: date, calendar: Calendar
) -> Iterator[Doing]:
    yield from standing(school, first)
    week = monday_of(first)
    while week <= today:
        yield from weekly(school, week, calendar)
        week += timedelta(days=7)
    month = first.replace(day=1)
    while month <= today:
        yield from monthly(school, month, first, today, calendar)
        month = (month + timedelta(days=32)).replace(day=1)
    for day in days_between(first, today):
        if calendar.is_school_day(day) and done(school, f"day/{day}/gate", 0.99):
            yield gate(school, f"day/{day}", day, guards_hired(school))
    for day in days_between(max(first, daily_from), today):
        yield from daily(school, day, calendar)


def hazard_check(school: School, what: str, day: date, *, joint: bool) -> Doing:
    """A self-check, or the monthly check together with the police station."""
    occurred = clock(day, 15, draw(f"{school.key}/{what}/minute", 50))
    entered = recorded(school, what, occurred)
    found = share(f"{school.key}/{what}/found") < 0.3
    spot, category, description, area = HAZARDS[draw(f"{school.key}/{what}/hazard", len(HAZARDS))]
    fixed = share(f"{school.key}/{what}/fixed") < 0.75
    major = share(f"{school.key}/{what}/major") < 0.08
    station = f"station-{school.town}"
    body: dict[str, Any] = {
        "date": day.isoformat(),
        "scope": ["whole-school", "perimeter"] if joint else ["whole-school"],
        "places": list(PLACES[: 4 + draw(f"{school.key}/{what}/places", 5)]),
        "participants": "安全员、值日教师、保安" + ("、派出所民警" if joint else ""),
        "joint": joint,
        "found": found,
    }
    if joint:
        body["partner"] = [Ref("org", station)]
    if found:
        hazard: dict[str, Any] = {
            "spot": spot,
            "area": area,
            "category": category,
            "description": description,
            "severity": "major" if major else "minor",
            "fixed": fixed,
            "multi_department": area == "perimeter",
        }
        if not fixed:
            hazard |= {
                "deadline": (day + timedelta(days=7)).isoformat(),
                "responsible": "总务处",
                "cannot_fix_now": major,
            }
            if major:
                hazard |= {"interim_taken": True, "interim": "设置警戒线，专人看守"}
        body["hazards"] = [hazard]
    confirm = habit(school) != "careless" or share(f"{school.key}/{what}/confirm") < 0.6
    sign = joint and (habit(school) != "careless" or share(f"{school.key}/{what}/sign") < 0.5)
    return Doing(
        "hazard-check", school.key, "safety-officer", body, occurred, entered,
        confirmed=entered + timedelta(hours=3) if confirm else None,
        confirmer="head", asked=(station,) if joint else (), signed=(station,) if sign else (),
    )  # fmt: skip


def weekly(school: School, week: date, calendar: Calendar) -> Iterator[Doing]:
    days = [day for day in days_between(week, week + timedelta(days=6)) if calendar.is_school_day(day)]
    what = f"week/{week}"
    if days and done(school, what):
        yield hazard_check(school, what, days[draw(f"{school.key}/{what}/day", len(days))], joint=False)
    if days and done(school, f"{what}/duty"):
        day = days[0]
        occurred = clock(day, 7, 20)
        yield Doing(
            "guard-check", school.key, "safety-officer",
            {"at": occurred.isoformat(), "on_post": guards_hired(school), "uniform": True, "badge": True},
            occurred, recorded(school, f"{what}/dress", occurred),
        )  # fmt: skip


def monthly(school: School, month: date, first: date, today: date, calendar: Calendar) -> Iterator[Doing]:
    last = min(today, (month + timedelta(days=32)).replace(day=1) - timedelta(days=1))
    days = [day for day in days_between(max(month, first), last) if calendar.is_school_day(day)]
    if len(days) < 8:
        return
    what = f"month/{month}"
    station = f"station-{school.town}"
    if done(school, f"{what}/joint", 0.94):
        yield hazard_check(
            school, f"{what}/joint", days[5 + draw(f"{school.key}/{what}/day", len(days) - 7)], joint=True
        )
    if done(school, f"{what}/consult", 0.94):
        day = days[-2]
        occurred = clock(day, 16)
        entered = recorded(school, f"{what}/consult", occurred)
        body = {
            "date": day.isoformat(),
            "partner": [Ref("org", station)],
            "people": 4 + draw(f"{school.key}/{what}/people", 4),
            "situation": "本月校内秩序平稳，上下学时段校门口车流量大。",
            "weak_links": "放学高峰人车混行，个别班级离校秩序需加强。",
            "factors": [
                {
                    "what": "放学时段家长车辆占道",
                    "measure": "增设护学岗，引导家长即停即走",
                    "responsible": "值周领导",
                    "multi_department": True,
                }
            ],
        }
        sign = habit(school) != "careless" or share(f"{school.key}/{what}/signed") < 0.5
        yield Doing(
            "monthly-consultation", school.key, "safety-officer", body, occurred, entered,
            confirmed=entered + timedelta(hours=2), confirmer="head",
            asked=(station,), signed=(station,) if sign else (),
        )  # fmt: skip
    if done(school, f"{what}/lesson"):
        topics = ("traffic", "fire", "anti-fraud", "drowning", "law")
        occurred = clock(days[3], 14, 30)
        yield Doing(
            "lesson", school.key, "class-teacher",
            {
                "date": days[3].isoformat(),
                "topic": ["safety", "self-protection", "anti-violence", topics[draw(f"{school.key}/{what}/topic", len(topics))]],
                "audience": ["pupils", "staff"],
                "people": min(school.pupils, 60),
                "speaker": "legal-vice-principal" if draw(f"{school.key}/{what}/speaker", 3) == 0 else "teacher",
                "content": "结合案例讲解，学生演练避险动作。",
            },
            occurred, recorded(school, f"{what}/lesson", occurred),
        )  # fmt: skip
    if school.canteen and done(school, f"{what}/water"):
        occurred = clock(days[1], 10)
        yield Doing(
            "water-check", school.key, "canteen-manager",
            {"date": days[1].isoformat(), "source": "直饮机、保温桶", "good": True},
            occurred, recorded(school, f"{what}/water", occurred),
        )  # fmt: skip
        yield Doing(
            "canteen-check", school.key, "canteen-manager",
            {"date": days[2].isoformat(), "staff_ok": True, "process_ok": True, "problems": "无"},
            clock(days[2], 9, 30), recorded(school, f"{what}/canteen", clock(days[2], 9, 30)),
        )  # fmt: skip
    if done(school, f"{what}/roster"):
        occurred = clock(days[0], 8)
        entered = recorded(school, f"{what}/roster", occurred)
        yield Doing(
            "duty-roster", school.key, "safety-officer",
            {
                "date": days[0].isoformat(),
                "from_day": max(month, first).isoformat(),
                "to_day": last.isoformat(),
                "shifts": [
                    {
                        "day": day.isoformat(), "from_time": "00:00", "to_time": "24:00", "point": "campus",
                        "person": Ref("person", "head" if day.day % 3 else "vice-principal-safety"), "qualified": "leader",
                    }
                    for day in days_between(max(month, first), (month + timedelta(days=32)).replace(day=1) - timedelta(days=1))
                ],
            },
            occurred, entered, confirmed=entered + timedelta(hours=2), confirmer="head",
        )  # fmt: skip
    if done(school, f"{what}/pickup"):
        occurred = clock(days[4], 16, 40)
        yield Doing(
            "pickup-check", school.key, "safety-officer",
            {"date": days[4].isoformat(), "steps": ["leaving-class", "queue", "handed-over", "left-behind", "arrival"], "problems": "无"},
            occurred, recorded(school, f"{what}/pickup", occurred),
        )  # fmt: skip
    if done(school, f"{what}/drill", 0.9):
        occurred = clock(days[6], 9, 40)
        yield Doing(
            "drill", school.key, "safety-officer",
            {
                "at": occurred.isoformat(),
                "kind": [("fire", "earthquake", "intrusion")[month.month % 3], "evacuation"],
                "people": school.pupils,
                "minutes": 2 + draw(f"{school.key}/{what}/minutes", 3),
                "problems": "低年级楼梯口等候时间偏长，已调整疏散路线。",
            },
            occurred, recorded(school, f"{what}/drill", occurred),
        )  # fmt: skip


def daily(school: School, day: date, calendar: Calendar) -> Iterator[Doing]:
    """Sign-ins at the gate and in the duty room, shifts and hand-over."""
    what = f"day/{day}"
    guards = guards_hired(school)
    for number, (begins, ends) in enumerate((("08:00", "20:00"), ("20:00", "08:00"))):
        if done(school, f"{what}/room/{number}", 0.985):
            crew = [Ref("person", "guard", (2 * number + place) % guards) for place in range(min(guards, 2))]
            crew += [Ref("person", "class-teacher", 0)] * (2 - len(crew))
            over = clock(day, 20) if number == 0 else clock(day + timedelta(days=1), 8)
            yield Doing(
                "sign-in", school.key, "guard",
                {
                    "date": day.isoformat(),
                    "point": "duty-room",
                    "people": [
                        {"person": who, "qualified": "guard" if who.key == "guard" else "teacher", "arrived": begins, "left": ends}
                        for who in crew
                    ],
                },
                clock(day, 8 if number == 0 else 20), recorded(school, f"{what}/room/{number}", over),
            )  # fmt: skip
    if school.boarders and done(school, f"{what}/dormitory", 0.98):
        yield Doing(
            "sign-in", school.key, "dormitory-staff",
            {
                "date": day.isoformat(),
                "point": "dormitory",
                "people": [{"person": Ref("person", "dormitory-staff"), "qualified": "dormitory-staff", "arrived": "21:30", "left": "06:30"}],
            },
            clock(day, 21, 30), recorded(school, f"{what}/dormitory", clock(day + timedelta(days=1), 6, 35)),
        )  # fmt: skip
    if done(school, f"{what}/log", 0.985):
        began, ended = clock(day, 8), clock(day + timedelta(days=1), 8)
        yield Doing(
            "duty-log", school.key, "duty-teacher",
            {
                "began": began.isoformat(),
                "ended": ended.isoformat(),
                "leader": "值班领导",
                "people": "值班教师、保安",
                "situation": "校园秩序正常，监控运行正常。",
                "intruders": 1 if draw(f"{school.key}/{what}/intruder", 900) == 0 else 0,
            },
            began, recorded(school, f"{what}/log", ended),
        )  # fmt: skip
    for number, hour in enumerate((8, 20)):
        if done(school, f"{what}/handover/{hour}", 0.985):
            occurred = clock(day, hour, 2)
            yield Doing(
                "handover", school.key, "guard",
                {
                    "at": occurred.isoformat(),
                    "from_person": Ref("person", "guard", number % guards),
                    "to_person": Ref("person", "guard", (number + 1) % guards),
                    "equipment": True,
                    "matters": "器械齐全，监控正常，无特殊情况。",
                    "from_signature": Ref("file", "signature"),
                    "to_signature": Ref("file", "signature"),
                },
                occurred, recorded(school, f"{what}/handover/{hour}", occurred),
            )  # fmt: skip
    if done(school, f"{what}/patrol", 0.97):
        for hour, when in ((10, "class-hours"), (22, "night")):
            if when == "class-hours" and not calendar.is_school_day(day):
                continue
            occurred = clock(day, hour, 30)
            yield Doing(
                "patrol", school.key, "guard",
                {
                    "at": occurred.isoformat(),
                    "area": ["campus", "gate"] + (["dormitory"] if school.boarders else []),
                    "time": when,
                    "places": "教学楼、围墙、校门",
                    "situation": "正常",
                },
                occurred, recorded(school, f"{what}/patrol/{hour}", occurred),
            )  # fmt: skip


def gate(school: School, what: str, day: date, guards: int) -> Doing:
    """Who stood at the gate at arrival and dismissal, from half an hour before. Some days the leader comes late."""
    spans = (
        (("07:05", "08:15"), ("15:45", "17:00"))
        if school.kind == "kindergarten"
        else (("06:35", "07:45"), ("16:25", "17:35"))
    )
    slow = share(f"{school.key}/{what}/slow") < (0.03 if habit(school) == "steady" else 0.12)
    crew = [
        ("leader", Ref("person", "head")),
        ("teacher", Ref("person", "class-teacher")),
        ("gatekeeper", Ref("person", "guard")),
    ]
    crew += [("guard", Ref("person", "guard", number)) for number in range(1, min(guards, 3))]
    people: list[dict[str, Any]] = []
    for begins, ends in spans:
        for qualified, who in crew:
            late = slow and qualified == "leader" and (begins, ends) == spans[0]
            people.append(
                {"person": who, "qualified": qualified, "arrived": "07:22" if late else begins, "left": ends}
            )
    over = clock(day, int(spans[1][1][:2]), int(spans[1][1][3:]))
    return Doing(
        "sign-in", school.key, "guard", {"date": day.isoformat(), "point": "gate", "people": people},
        clock(day, 7), recorded(school, f"{what}/gate", over),
    )  # fmt: skip


def standing(school: School, first: date) -> Iterator[Doing]:
    """What is set down once, at the start of the term."""
    day = clock(first, 9)
    station = f"station-{school.town}"
    iso = first.isoformat()
    forms: list[tuple[str, dict[str, Any]]] = [
        ("duty-room", {"date": iso, "rooms": 1, "place": "校门东侧"}),
        (
            "video",
            {
                "date": iso,
                "accepted": True,
                "gate": 2,
                "dormitory": 4 if school.boarders else 0,
                "canteen": 2 if school.canteen else 0,
                "teaching": 0 if draw(f"{school.key}/cameras", 8) == 0 else 6,
                "days": 30 if draw(f"{school.key}/days", 6) else 15,
                "blind_spots": 0 if draw(f"{school.key}/blind", 7) else 2,
            },
        ),
        (
            "protective-equipment",
            {
                "date": iso,
                "items": [{"name": "防暴钢叉", "count": 4, "place": "值班室"}, {"name": "盾牌", "count": 4, "place": "值班室"}],
                "usable": 8,
                "out_of_custody": 0,
                "keeper": "保安班长",
                "used": "无",
            },
        ),
        ("fire-facilities", {"date": iso, "signs": True, "equipment": True, "exits": bool(draw(f"{school.key}/exits", 9))}),
        ("liaison", {"date": iso, "station": Ref("org", station), "officers": 1,
                     "pairs": [{"school_side": "principal", "officer": "驻校联络民警", "phone": "110"}], "tested": True}),
        ("legal-vice-principal", {"date": iso, "title": "legal-vice-principal", "station": Ref("org", station), "name": "派出所民警",
                                  "count": 1 if draw(f"{school.key}/lvp", 10) else 0}),
        ("temporary-staff", {"date": iso, "cooks": 3 if school.canteen else 0, "temporary": 0 if draw(f"{school.key}/temp", 7) else 2,
                             "need_pass": 2, "missing_pass": 0}),
        ("grid", {"date": iso, "first_responsible": "校长" if school.kind == "school" else "园长",
                  "cells": [{"area": "教学楼", "duty": "每日巡查", "responsible": "值周领导"}], "unassigned": 0}),
        ("body", {"date": iso, "kind": "school-safety", "state": True,
                  "members": [{"role": "head", "unit": school.short, "name": "主要负责人"}]}),
        ("archive", {"date": iso, "section": ["daily-work", "checks", "responsibility", "hazard-removal"], "content": "本学期安全工作档案", "keeper": "安全员"}),
        ("road-facilities", {"date": iso, "zebra": 1 if draw(f"{school.key}/zebra", 6) else 0, "bumps": 2}),
    ]  # fmt: skip
    if school.boarders:
        forms.append(("boarders", {"date": iso, "boarding": school.boarders, "keepers": 1,
                                   "off_campus": 400 if school.key == "no1-high" else 0}))  # fmt: skip
    for form, body in forms:
        if done(school, f"standing/{form}", 0.98):
            entered = recorded(school, f"standing/{form}", day)
            yield Doing(
                form, school.key, "safety-officer", body, day, entered,
                confirmed=entered + timedelta(hours=8), confirmer="head",
            )  # fmt: skip


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
            "body", bureau, "bureau-officer",
            {"date": iso, "kind": kind, "state": True, "missing": 0, "members": [{"role": "head", "unit": "教育局", "name": "分管副局长"}]},
            first, first + timedelta(minutes=30),
        )  # fmt: skip
    yield Doing(
        "area-assignment", bureau, "bureau-officer",
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
        first, first + timedelta(minutes=50),
    )  # fmt: skip
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
            "inspection", bureau, "bureau-officer",
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
            occurred, occurred + timedelta(hours=5),
        )  # fmt: skip
    for number, day in enumerate(workdays[15::22]):
        occurred = clock(day, 9)
        yield Doing(
            "rectification-action", bureau, "bureau-officer",
            {
                "date": day.isoformat(),
                "scope": ["perimeter"],
                "partner": [Ref("org", "police-bureau"), Ref("org", "market-regulator"), Ref("org", "urban-management")],
                "venues": ["street-stall", "small-dining"],
                "sites": f"{list(TOWNS)[number % len(TOWNS)]}各校门口及周边",
                "people": 18,
                "results": "劝离流动摊贩，责令两家小饭桌补办手续。",
            },
            occurred, occurred + timedelta(hours=8), asked=("police-bureau", "market-regulator", "urban-management"),
            signed=("police-bureau", "market-regulator", "urban-management"),
        )  # fmt: skip
    for day in workdays[40:41]:
        occurred = clock(day, 15)
        yield Doing(
            "bulletin", bureau, "bureau-officer",
            {
                "date": day.isoformat(),
                "kind": "risks-and-cases",
                "partner": [Ref("org", "police-bureau")],
                "title": "校园及周边重大风险隐患季度通报",
                "to": ["schools", "departments"],
                "content": "本季度排查发现的重大风险隐患和处置情况。",
            },
            occurred, occurred + timedelta(hours=1), asked=("police-bureau",), signed=("police-bureau",),
        )  # fmt: skip
