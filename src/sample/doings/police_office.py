"""A secondary school with a police office of its own: what it took upon itself."""

from sample.doings.doing import Ref
from sample.doings.habits import STATION, Habit

OF_THE_SCHOOL: tuple[Habit, ...] = (
    Habit(
        "police-office",
        "safety-officer",
        "start",
        {
            "rooms": 1,
            "place": "东门内侧，有值班床和监控分屏",
            "station": STATION,
            "staff": 2,
            "contact": "110",
        },
    ),
    Habit(
        "body",
        "safety-officer",
        "start",
        {
            "kind": "security-office",
            "state": True,
            "members": [{"role": "head", "unit": "保卫科", "name": "科长"}],
            "missing": 0,
        },
    ),
    Habit(
        "police-visit",
        "safety-officer",
        "semester",
        {
            "police": ["station"],
            "role": "leader",
            "purpose": ["research", "briefing"],
            "result": "看了警务室和监控，听了下步打算，建议晚自习后加一班巡逻。",
        },
        signed=("station",),
        place=0.3,
    ),
    Habit(
        "assessment",
        "vice-principal-safety",
        "semester",
        {
            "kind": "safe-campus",
            "rubric": "校园警务示范工程标准",
            "unit": Ref("org", "no1-high"),
            "items": [{"item": "警务室建设", "full": 100, "score": 92, "grounds": "夜间警力不足"}],
            "found": 4,
            "closed": 4,
            "verified": True,
            "fair": True,
            "score": 92,
            "outcome": "good",
            "told": True,
        },
        place=0.85,
    ),
)
