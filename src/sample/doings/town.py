"""A town's opinion on school safety: what its schools, offices, police and premises do for it."""

from collections.abc import Iterator
from datetime import date, timedelta

from huyuan.kernel.days import days_between
from sample.doings.doing import Doing, Keeper, Ref, clock, done, habit, recorded
from sample.doings.habits import MONTH, Habit, Often

DEPARTMENTS = ("education", "stability", "station", "traffic", "market")
"""The five departments of the opinion, in the town of whoever keeps the register."""

PATROL_GROUP = {
    "kind": "patrol-group",
    "state": True,
    "missing": 0,
    "members": [
        {"role": "head", "unit": "镇党委委员", "name": "组长"},
        {"role": "member", "unit": "管区、本单位、村", "name": "工作人员、村干部"},
    ],
}


def _meeting(post: str, kind: str, title: str, minutes: str, *signed: str, place: float = 0.2) -> Habit:
    said = {"kind": kind, "host": "主要负责人", "people": 9, "topics": title, "agenda": ["safety"]}
    often: Often = "month" if kind in ("leadership", "class-teachers") else "semester"
    return Habit("meeting", post, often, said | {"minutes": minutes}, signed=signed, place=place)


OF_SCHOOLS: tuple[Habit, ...] = (
    Habit("body", "safety-officer", "start", PATROL_GROUP),
    Habit(
        "body",
        "safety-officer",
        "start",
        PATROL_GROUP | {"kind": "security"},
    ),
    Habit(
        "alarm",
        "safety-officer",
        "start",
        {"intrusion": 2, "emergency": 2, "to_police": True, "to_bureau": False, "minutes": 2},
    ),
    Habit(
        "hazard-check",
        "safety-officer",
        "semester",
        {
            "scope": ["whole-school", "perimeter"],
            "places": ["gate", "classroom", "stairs", "wiring", "fire-equipment"],
            "participants": "校领导、教育办干事",
            "joint": True,
            "found": False,
        },
        signed=("education",),
        place=0.05,
    ),
    Habit(
        "lesson",
        "safety-officer",
        "semester",
        {
            "kind": "concentrated",
            "topic": ["safety", "law"],
            "audience": ["pupils", "staff"],
            "people": 240,
            "speaker": "legal-vice-principal",
            "content": "安全、法治专题教育：身边的案例，自己能做的三件事。",
        },
        place=0.15,
    ),
    Habit(
        "lesson",
        "class-teacher",
        "semester",
        {
            "kind": "practice",
            "topic": ["anti-violence", "anti-theft", "anti-fraud"],
            "audience": ["pupils"],
            "people": 38,
            "speaker": "teacher",
            "content": "遇到勒索、诈骗怎么办，分组演练。",
        },
        place=0.25,
    ),
    Habit(
        "publicity",
        "safety-officer",
        "semester",
        {
            "topic": ["self-protection", "traffic"],
            "audience": ["pupils", "parents"],
            "channel": ["activity", "board"],
            "people": 260,
        },
        place=0.3,
    ),
    Habit(
        "defences",
        "safety-officer",
        "semester",
        {"parts": ["people", "physical", "technical"], "weak": 0, "plan": "按年度预算更新器材"},
        place=0.2,
    ),
    Habit(
        "safety-spending",
        "head",
        "semester",
        {
            "stage": "spent",
            "source": "school",
            "purposes": ["fire", "food", "accident"],
            "items": [
                {"what": "灭火器换药", "amount": 1200},
                {"what": "留样冰箱", "amount": 1800},
                {"what": "楼梯防滑条", "amount": 900},
            ],
            "total": 3900,
        },
        place=0.35,
    ),
    Habit(
        "place-check",
        "safety-officer",
        "month",
        {
            "places": ["canteen", "classroom"],
            "risks": ["fire", "poisoning", "collapse"],
            "problems": "一间教室插座松动，当天换好。",
        },
        place=0.5,
    ),
    _meeting(
        "vice-principal-safety", "class-teachers", "班主任例会", "各班情况平稳，留意课间追逐。", place=0.6
    ),
    _meeting(
        "head",
        "joint-meeting",
        "学校、综治、公安、教育联席会议",
        "商定放学时段护学岗和摊贩劝离。",
        "stability",
        "station",
        "education",
        place=0.3,
    ),
    _meeting("head", "parents", "家长会：交通安全和接送", "家长签了接送承诺。", place=0.38),
)

OF_BOARDING_SCHOOLS: tuple[Habit, ...] = (
    Habit(
        "place-check",
        "dormitory-staff",
        "month",
        {"places": ["dormitory"], "risks": ["fire", "poisoning", "collapse"], "problems": "无"},
        place=0.4,
    ),
)

OF_PREMISES: tuple[Habit, ...] = (
    Habit("body", "premises-head", "start", PATROL_GROUP),
    Habit(
        "grid",
        "safety-officer",
        "start",
        {
            "first_responsible": "主要负责人",
            "cells": [{"area": "大门、院区", "duty": "值守巡查", "responsible": "安全管理员"}],
            "unassigned": 0,
        },
        confirmer="premises-head",
    ),
    _meeting(
        "premises-head",
        "joint-meeting",
        "重点场所与综治、公安、教育联席会议",
        "商定上下学时段门前秩序。",
        "stability",
        "station",
        "education",
        place=0.3,
    ),
)


def _department(post: str, topics: str) -> tuple[Habit, ...]:
    """What the opinion asks of every department and management area."""
    return (
        _meeting(post, "leadership", "学校安全列入议事日程", topics),
        Habit(
            "inspection",
            post,
            "month",
            {
                "school": Ref("org", "linhe-central"),
                "kind": "concentrated",
                "mode": "open",
                "topics": ["public-order", "perimeter"],
                "found": False,
                "outcome": "good",
                "feedback": True,
            },
            place=0.45,
            hour=10,
        ),
        Habit(
            "bulletin",
            post,
            "month",
            {
                "kind": "hazards",
                "title": "校园周边安全隐患通报",
                "to": ["education", "schools"],
                "content": topics,
            },
            place=0.7,
        ),
    )


GATE_DUTY = {
    "times": ["arrival", "dismissal"],
    "sites": ["middle-school", "central-primary", "central-kindergarten"],
    "schools": [Ref("org", "linhe-junior"), Ref("org", "linhe-central"), Ref("org", "linhe-kindergarten")],
    "people": 6,
    "situation": "上下学平稳，引导家长即停即走。",
}


def _police(post: str) -> tuple[Habit, ...]:
    perimeter = {"area": ["perimeter"], "time": "peak", "places": "各校门口、河堤路", "situation": "正常"}
    return (
        Habit("patrol", post, "week", perimeter, when="at", hour=16),
        Habit("gate-duty", post, "school-day", GATE_DUTY, hour=17),
    )


OF_OFFICES: dict[str, tuple[Habit, ...]] = {
    "education": (
        *_department("bureau-officer", "两所学校后门管理不严，已要求整改。"),
        Habit(
            "inspection",
            "bureau-officer",
            "month",
            {
                "school": Ref("org", "linhe-junior"),
                "kind": "supervision",
                "mode": "unannounced",
                "topics": ["policies", "plans-drills"],
                "found": False,
                "outcome": "ordinary",
                "feedback": True,
            },
            place=0.3,
        ),
    ),
    "stability": (
        *_department("town-officer", "河堤路有两处流动摊点，请各校提醒学生。"),
        Habit(
            "rectification-action",
            "town-officer",
            "semester",
            {
                "scope": ["perimeter"],
                "venues": ["rental", "entertainment", "illegal-building", "street-stall"],
                "sites": "临河镇各校周边二百米",
                "people": 16,
                "results": "清理摊点四处，登记出租房屋九户；娱乐场所、违章建筑查了没有。",
            },
            signed=("station", "market", "town"),
            place=0.3,
        ),
        Habit(
            "bulletin",
            "town-officer",
            "month",
            {
                "kind": "petitions",
                "title": "涉校信访和不稳定因素情况",
                "to": ["departments", "schools"],
                "content": "本月涉校信访一件，已答复；没有新的不稳定因素。",
            },
            place=1,
        ),
    ),
    "station": (*_department("police-liaison", "放学时段河堤路机动车车速快。"), *_police("police-liaison")),
    "traffic": (
        *_department("traffic-officer", "沙洲学校门前标线磨损。"),
        *_police("traffic-officer"),
        Habit(
            "lesson",
            "traffic-officer",
            "semester",
            {
                "kind": "lecture",
                "topic": ["traffic"],
                "audience": ["pupils", "staff"],
                "people": 300,
                "speaker": "traffic-police",
                "content": "过马路、乘车和骑车；大车盲区现场演示。",
            },
            place=0.2,
        ),
    ),
    "market": _department("market-officer", "校门口两家小卖部进货台账不全。"),
}
"""By office; its key in the town is `office-town`."""

OF_AREAS = _department("area-director", "两村通校路段没有路灯。")

OF_VILLAGES: tuple[Habit, ...] = (
    _meeting("village-officer", "leadership", "通校路段和假期看护", "安排党员护学岗，修补通校路。"),
)

OF_THE_TOWN: tuple[Habit, ...] = (
    Habit(
        "body",
        "town-officer",
        "start",
        {
            "kind": "town-safety",
            "state": True,
            "missing": 0,
            "office": True,
            "seat": "社会事务办",
            "members": [
                {"role": "head", "unit": "镇党委书记", "name": "组长"},
                {"role": "deputy", "unit": "镇长、分管副镇长", "name": "副组长"},
                {"role": "office-head", "unit": "社会事务办", "name": "主任"},
                {"role": "member", "unit": "五个部门和各管区", "name": "负责人"},
            ],
        },
    ),
    Habit(
        "department-duties",
        "town-officer",
        "start",
        {
            "departments": [Ref("org", key) for key in DEPARTMENTS],
            "duties": [{"department": "教育办", "duty": "学校安全日常管理", "leader": "主任"}],
            "without_leader": 0,
        },
    ),
    Habit(
        "equipment-issue",
        "town-officer",
        "start",
        {
            "lots": [
                {"to": Ref("org", "linhe-central"), "name": "防暴钢叉", "count": 4, "keeper": "保安队长"}
            ],
            "issued": 4,
            "without": 1,
        },
    ),
    _meeting("town-officer", "leadership", "学校安全列入党委议事日程", "听取教育办汇报，解决两校围墙经费。"),
    _meeting(
        "town-officer",
        "joint-meeting",
        "镇学校安全联席会议",
        "五个部门各报一件，商定集中整治河堤路。",
        *DEPARTMENTS,
        place=0.25,
    ),
    Habit(
        "inspection",
        "town-officer",
        "month",
        {
            "school": Ref("org", "linhe-junior"),
            "kind": "duty",
            "mode": "unannounced",
            "topics": ["gate", "people-defence"],
            "found": False,
            "outcome": "good",
            "feedback": True,
        },
        place=0.4,
    ),
    Habit(
        "safety-spending",
        "town-officer",
        "semester",
        {
            "stage": "planned",
            "source": "town",
            "purposes": ["fire", "food", "accident"],
            "items": [{"what": "各校围墙、监控补助", "amount": 60000}],
            "total": 60000,
        },
        place=0.2,
    ),
    Habit(
        "safety-figures",
        "town-officer",
        "month",
        {
            "from_day": MONTH,
            "accidents": 1,
            "injured": 1,
            "deaths": 0,
            "cases": 0,
            "violence": 0,
            "disputes": 1,
            "discipline": 2,
            "perimeter": 3,
            "disturbed": 0,
            "compared": "雨天滑倒一起，周边问题比上月少两处。",
        },
        when="to_day",
        place=1,
        confirmer="town-leader",
    ),
)

SHIFTS = (
    ("00:00", "08:00", "巡逻一组组长", "official"),
    ("08:00", "16:00", "巡逻二组组长", "teacher"),
    ("16:00", "00:00", "巡逻三组组长", "staff"),
)


def patrol_rosters(keeper: Keeper, post: str, first: date, today: date) -> Iterator[Doing]:
    """Round the clock, drawn up for each month on its first day; who is careless has three in a group."""
    begins = first
    while begins <= today:
        ends = (begins.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        what = f"patrol-roster/{begins}"
        if done(keeper, what):
            occurred = clock(begins, 8)
            body = {
                "date": begins.isoformat(),
                "from_day": begins.isoformat(),
                "to_day": ends.isoformat(),
                "leader": "镇党委委员",
                "people": 3 if habit(keeper) == "careless" else 4,
                "shifts": [
                    {
                        "day": day.isoformat(),
                        "from_time": starts,
                        "to_time": stops,
                        "person": person,
                        "qualified": qualified,
                    }
                    for day in days_between(begins, ends)
                    for starts, stops, person, qualified in SHIFTS
                ],
            }
            yield Doing("patrol-roster", keeper.key, post, body, occurred, recorded(keeper, what, occurred))
        begins = ends + timedelta(days=1)
