"""A kindergarten's plan with its police: what the station, traffic police and fire brigade do for it."""

from sample.doings.doing import Ref
from sample.doings.habits import Habit


def _visit(police: str, purpose: list[str], place: float) -> Habit:
    officer = {"station": "police-liaison", "traffic": "traffic-officer"}[police]
    return Habit(
        "police-visit",
        officer,
        "semester",
        {
            "police": [police],
            "role": "officer",
            "purpose": purpose,
            "partner": [Ref("org", "no2-kindergarten")],
            "result": "与园方逐项看过，当场说明要改的两处。",
        },
        place=place,
    )


OF_THE_STATION: tuple[Habit, ...] = (
    Habit(
        "patrol-plan",
        "police-liaison",
        "start",
        {
            "sections": [
                {"slot": "7:40—8:10", "section": "县二幼园前路", "responsible": "巡逻一组"},
                {"slot": "16:20—16:50", "section": "县二幼园前路", "responsible": "巡逻二组"},
            ],
            "staggered": True,
            "unassigned": 0,
        },
    ),
    Habit(
        "patrol",
        "police-liaison",
        "week",
        {"area": ["road"], "time": "peak", "places": "园前路、东街口", "situation": "劝离违停车辆三辆"},
        when="at",
        hour=16,
    ),
    Habit(
        "rectification-action",
        "police-liaison",
        "semester",
        {
            "scope": ["campus", "perimeter"],
            "partner": [Ref("org", "no2-kindergarten")],
            "venues": ["public-order", "rental"],
            "sites": "县二幼园内及园前路出租房屋",
            "people": 8,
            "results": "清查出租房屋六户，补登记一户。",
        },
        place=0.35,
    ),
    Habit(
        "lesson",
        "police-liaison",
        "semester",
        {
            "kind": "warning",
            "topic": ["law", "safety", "drugs"],
            "audience": ["pupils", "staff"],
            "people": 210,
            "speaker": "police",
            "content": "防拐骗、远离毒品，认识禁毒标志。",
        },
        place=0.45,
    ),
    Habit(
        "publicity",
        "police-liaison",
        "semester",
        {
            "topic": ["drugs"],
            "audience": ["pupils", "parents"],
            "channel": ["board", "leaflet"],
            "people": 300,
        },
        place=0.45,
    ),
    _visit("station", ["security-body", "self-check"], 0.25),
)

OF_THE_TRAFFIC_POLICE: tuple[Habit, ...] = (
    Habit(
        "lesson",
        "traffic-officer",
        "semester",
        {
            "kind": "practice",
            "topic": ["traffic"],
            "audience": ["pupils"],
            "people": 200,
            "speaker": "traffic-police",
            "content": "带幼儿认标志、过斑马线。",
        },
        place=0.3,
    ),
    _visit("traffic", ["escort"], 0.9),
)

OF_THE_FIRE_BRIGADE: tuple[Habit, ...] = (
    Habit(
        "publicity",
        "fire-officer",
        "semester",
        {
            "topic": ["fire"],
            "audience": ["pupils", "staff"],
            "channel": ["activity"],
            "people": 430,
        },
        place=0.5,
    ),
)
