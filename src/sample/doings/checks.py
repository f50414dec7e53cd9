"""What a school does every week and every month."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from huyuan.kernel.calendar import Calendar
from huyuan.kernel.days import days_between
from sample.adopters import LINKED
from sample.county import School
from sample.doings.doing import Doing, Ref, clock, done, habit, recorded
from sample.names import draw, share
from sample.people import guards_hired

HAZARDS: tuple[tuple[str, str, str, str], ...] = (
    ("东侧楼梯", "buildings", "扶手松动，护栏间距偏大", "inside"),
    ("食堂后厨", "food", "生熟砧板未分开存放", "inside"),
    ("教学楼二层走廊", "fire", "灭火器压力不足", "inside"),
    ("宿舍一层", "electricity", "私拉电线充电", "inside"),
    ("校门口路段", "traffic", "放学时机动车占道停放", "perimeter"),
    ("正门外西侧", "public-order", "流动摊贩占道，出售三无食品", "perimeter"),
    ("运动场", "equipment", "篮球架底座锈蚀", "inside"),
    ("配电间", "electricity", "堆放杂物，未上锁", "inside"),
    ("后门", "public-order", "监控有盲区", "inside"),
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
            if share(f"{school.key}/{what}/reported") < 0.9:
                hazard["reported"] = ["education-bureau"]
            if major:
                hazard |= {"interim_taken": True, "interim": "设置警戒线，专人看守"}
        body["hazards"] = [hazard]
    confirm = habit(school) != "careless" or share(f"{school.key}/{what}/confirm") < 0.6
    sign = joint and (habit(school) != "careless" or share(f"{school.key}/{what}/sign") < 0.5)
    return Doing(
        "hazard-check",
        school.key,
        "safety-officer",
        body,
        occurred,
        entered,
        confirmed=entered + timedelta(hours=3) if confirm else None,
        confirmer="head",
        asked=(station,) if joint else (),
        signed=(station,) if sign else (),
    )


def weekly(school: School, week: date, calendar: Calendar) -> Iterator[Doing]:
    days = [day for day in days_between(week, week + timedelta(days=6)) if calendar.is_school_day(day)]
    what = f"week/{week}"
    if days and done(school, what):
        yield hazard_check(school, what, days[draw(f"{school.key}/{what}/day", len(days))], joint=False)
    if days and done(school, f"{what}/duty"):
        day = days[0]
        occurred = clock(day, 7, 20)
        yield Doing(
            "guard-check",
            school.key,
            "safety-officer",
            {
                "at": occurred.isoformat(timespec="minutes"),
                "on_post": guards_hired(school),
                "uniform": True,
                "badge": True,
            },
            occurred,
            recorded(school, f"{what}/dress", occurred),
        )


def shifts(school: School, day: date, calendar: Calendar) -> Iterator[dict[str, Any]]:
    """The leader of the day; where a plan of its own asks for it, a teacher and a guard for the hours in
    class."""
    leader = "head" if day.day % 3 else "vice-principal-safety"
    posted = [("00:00", "00:00", "campus", Ref("person", leader), "leader")]
    if school.key in LINKED and calendar.is_school_day(day):
        posted.append(("08:00", "16:30", "campus", Ref("person", "class-teacher", 3), "teacher"))
        posted.append(("08:00", "16:30", "gate", Ref("person", "guard"), "guard"))
    for begins, ends, point, person, qualified in posted:
        yield {
            "day": day.isoformat(),
            "from_time": begins,
            "to_time": ends,
            "point": point,
            "person": person,
            "qualified": qualified,
        }


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
            "monthly-consultation",
            school.key,
            "safety-officer",
            body,
            occurred,
            entered,
            confirmed=entered + timedelta(hours=2),
            confirmer="head",
            asked=(station,),
            signed=(station,) if sign else (),
        )
    if done(school, f"{what}/lesson"):
        topics = ("traffic", "fire", "anti-fraud", "drowning", "law")
        occurred = clock(days[3], 14, 30)
        yield Doing(
            "lesson",
            school.key,
            "class-teacher",
            {
                "date": days[3].isoformat(),
                "kind": "class-meeting",
                "topic": [
                    "safety",
                    "self-protection",
                    "anti-violence",
                    topics[draw(f"{school.key}/{what}/topic", len(topics))],
                ],
                "audience": ["pupils", "staff"],
                "people": min(school.pupils, 60),
                "speaker": "legal-vice-principal"
                if draw(f"{school.key}/{what}/speaker", 3) == 0
                else "teacher",
                "content": "结合案例讲解，学生演练避险动作。",
            },
            occurred,
            recorded(school, f"{what}/lesson", occurred),
        )
    if school.canteen and done(school, f"{what}/water"):
        occurred = clock(days[1], 10)
        yield Doing(
            "water-check",
            school.key,
            "canteen-manager",
            {"date": days[1].isoformat(), "source": "直饮机、保温桶", "good": True},
            occurred,
            recorded(school, f"{what}/water", occurred),
        )
        yield Doing(
            "canteen-check",
            school.key,
            "canteen-manager",
            {
                "date": days[2].isoformat(),
                "staff_ok": True,
                "process_ok": True,
                "uncertified": 0,
                "problems": "无",
            },
            clock(days[2], 9, 30),
            recorded(school, f"{what}/canteen", clock(days[2], 9, 30)),
        )
    if done(school, f"{what}/roster"):
        occurred = clock(max(month, first), 7)
        entered = recorded(school, f"{what}/roster", occurred)
        yield Doing(
            "duty-roster",
            school.key,
            "safety-officer",
            {
                "date": max(month, first).isoformat(),
                "from_day": max(month, first).isoformat(),
                "to_day": last.isoformat(),
                "shifts": [
                    shift
                    for day in days_between(
                        max(month, first), (month + timedelta(days=32)).replace(day=1) - timedelta(days=1)
                    )
                    for shift in shifts(school, day, calendar)
                ],
            },
            occurred,
            entered,
            confirmed=entered + timedelta(hours=2),
            confirmer="head",
        )
    if done(school, f"{what}/pickup"):
        occurred = clock(days[4], 16, 40)
        yield Doing(
            "pickup-check",
            school.key,
            "safety-officer",
            {
                "date": days[4].isoformat(),
                "steps": ["leaving-class", "queue", "handed-over", "left-behind", "arrival"],
                "problems": "无",
            },
            occurred,
            recorded(school, f"{what}/pickup", occurred),
        )
    if done(school, f"{what}/drill", 0.9):
        occurred = clock(days[6], 9, 40)
        yield Doing(
            "drill",
            school.key,
            "safety-officer",
            {
                "at": occurred.isoformat(timespec="minutes"),
                "kind": [("fire", "earthquake", "intrusion")[month.month % 3], "evacuation"],
                "people": school.pupils,
                "minutes": 2 + draw(f"{school.key}/{what}/minutes", 3),
                "problems": "低年级楼梯口等候时间偏长，已调整疏散路线。",
            },
            occurred,
            recorded(school, f"{what}/drill", occurred),
        )
