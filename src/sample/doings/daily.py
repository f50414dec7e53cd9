"""What a school does every day: sign-ins, shifts, rounds, the duty log."""

from collections.abc import Iterator
from datetime import date

from huyuan.kernel.calendar import Calendar
from sample.adopters import IN_CAMPAIGN, ON_TRIAL, TOWN
from sample.county import School
from sample.doings.doing import Doing, Ref, clock, done, habit, recorded, signed_in
from sample.names import draw, share
from sample.people import guards_hired


def daily(school: School, day: date, calendar: Calendar) -> Iterator[Doing]:
    """Sign-ins at the gate and in the duty room, shifts and hand-over."""
    what = f"day/{day}"
    guards = guards_hired(school)
    for number, (begins, ends) in enumerate((("08:00", "20:00"), ("20:00", "08:00"))):
        if done(school, f"{what}/room/{number}", 0.985):
            crew = room_crew(guards, night=number == 1)
            if school.key in ON_TRIAL and number == 0:
                crew.append(Ref("person", "guard", 4))
            begun = clock(day, 8 if number == 0 else 20)
            yield Doing(
                "sign-in",
                school.key,
                "guard",
                {
                    "date": day.isoformat(),
                    "point": "duty-room",
                    "people": [
                        {
                            "person": who,
                            "counts_as": ["guard" if who.key == "guard" else "teacher"],
                            "arrived": begins,
                            "left": ends,
                        }
                        for who in crew
                    ],
                },
                begun,
                signed_in(school, f"{what}/room/{number}", begun),
            )
    if school.boarders and done(school, f"{what}/dormitory", 0.98):
        yield Doing(
            "sign-in",
            school.key,
            "dormitory-staff",
            {
                "date": day.isoformat(),
                "point": "dormitory",
                "people": [
                    {
                        "person": Ref("person", "dormitory-staff"),
                        "counts_as": ["dormitory-staff"],
                        "arrived": "21:30",
                        "left": "06:30",
                    }
                ],
            },
            clock(day, 21, 30),
            signed_in(school, f"{what}/dormitory", clock(day, 21, 30)),
        )
    if done(school, f"{what}/log", 0.985):
        began, ended = clock(day, 8), clock(day, 20)
        yield Doing(
            "duty-log",
            school.key,
            "duty-teacher",
            {
                "began": began.isoformat(timespec="minutes"),
                "ended": ended.isoformat(timespec="minutes"),
                "leader": "值班领导",
                "people": "值班教师、保安",
                "situation": "校园秩序正常，监控运行正常。",
                "intruders": 1 if draw(f"{school.key}/{what}/intruder", 900) == 0 else 0,
            },
            ended,
            recorded(school, f"{what}/log", ended),
        )
    for number, hour in enumerate((8, 20)):
        if done(school, f"{what}/handover/{hour}", 0.985):
            occurred = clock(day, hour, 2)
            yield Doing(
                "handover",
                school.key,
                "guard",
                {
                    "at": occurred.isoformat(timespec="minutes"),
                    "from_person": Ref("person", "guard", number % guards),
                    "to_person": Ref("person", "guard", (number + 1) % guards),
                    "equipment": True,
                    "matters": "器械齐全，监控正常，无特殊情况。",
                    "from_signature": Ref("file", "signature"),
                    "to_signature": Ref("file", "signature"),
                },
                occurred,
                recorded(school, f"{what}/handover/{hour}", occurred),
            )
    if done(school, f"{what}/patrol", 0.97):
        for hour, when in ((10, "class-hours"), (22, "night")):
            if when == "class-hours" and not calendar.is_school_day(day):
                continue
            occurred = clock(day, hour, 30)
            yield Doing(
                "patrol",
                school.key,
                "guard",
                {
                    "at": occurred.isoformat(timespec="minutes"),
                    "area": ["campus", "gate"] + (["dormitory"] if school.boarders else []),
                    "time": when,
                    "places": "教学楼、围墙、校门",
                    "situation": "正常",
                },
                occurred,
                recorded(school, f"{what}/patrol/{hour}", occurred),
            )


def room_crew(guards: int, *, night: bool) -> list[Ref]:
    """Two people in the duty room who do not stand at the gate meanwhile: nobody counts at two posts."""
    if not night:
        return [Ref("person", "duty-teacher", 0), Ref("person", "duty-teacher", 1)]
    spare = Ref("person", "guard", 3) if guards > 3 else Ref("person", "class-teacher", 1)
    return [spare, Ref("person", "class-teacher", 2)]


def gate(school: School, what: str, day: date) -> Iterator[Doing]:
    """Who stood at the gate at arrival and dismissal, from half an hour before, signed in when they came.
    Some days the
    leader comes late."""
    spans = (("07:05", "08:15"), ("15:45", "17:00"))
    if school.kind != "kindergarten":
        spans = (("06:35", "07:45"), ("16:25", "17:35"))
    slow = share(f"{school.key}/{what}/slow") < (0.03 if habit(school) == "steady" else 0.12)
    crew = [
        ("leader", Ref("person", "head")),
        ("teacher", Ref("person", "class-teacher")),
        ("gatekeeper", Ref("person", "guard")),
    ]
    crew += [("guard", Ref("person", "guard", number)) for number in range(1, min(guards_hired(school), 3))]
    if school.key in IN_CAMPAIGN:
        crew += [("volunteer", Ref("person", "class-teacher", number)) for number in range(4, 8)]
        crew += [("guard", Ref("person", "guard", 4 if guards_hired(school) > 4 else 3))]
    for begins, ends in spans:
        first = (begins, ends) == spans[0]
        late = slow and first
        # In the town whose opinion asks for it the gate is kept all day.
        kept_until = spans[1][1] if first and school.town == TOWN else ends
        people = [
            {
                "person": who,
                "counts_as": ["gatekeeper", "guard"] if qualified == "gatekeeper" else [qualified],
                "arrived": "07:22" if late and qualified == "leader" else begins,
                "left": kept_until if qualified == "gatekeeper" else ends,
            }
            for qualified, who in crew
        ]
        opened = clock(day, int(begins[:2]), int(begins[3:]))
        yield Doing(
            "sign-in",
            school.key,
            "guard",
            {"date": day.isoformat(), "point": "gate", "people": people},
            opened,
            signed_in(school, f"{what}/gate/{begins}", opened),
        )
