"""National norms on trial in a few schools: what their daily life says of them."""

from sample.doings.habits import LUNCH_BEFORE, Habit

MEALS = (("breakfast", 7), ("lunch", 12))

EVERY_DAY: tuple[Habit, ...] = (
    *(
        Habit(
            "patrol",
            "guard",
            "day",
            {"area": ["campus"], "time": "day", "places": "教学楼、食堂、围墙", "situation": "正常"},
            when="at",
            hour=hour,
        )
        for hour in (9, 13, 15, 18)
    ),
    *(
        Habit(
            "food-sample",
            "canteen-manager",
            "school-day",
            {
                "meal": meal,
                "dishes": "主食、荤菜、素菜、汤各一份",
                "grams": 150,
                "light": 0,
                "keeper": "食堂管理员",
            },
            when="at",
            hour=hour,
        )
        for meal, hour in MEALS
    ),
    *(
        Habit(
            "meal-with-pupils",
            "head",
            "school-day",
            {
                "meal": meal,
                "who": "值周校领导",
                "role": "leader",
                "opinion": "饭菜温热，味道稍咸",
                "handled": "已告诉厨房少放盐",
            },
            when="at",
            hour=hour,
        )
        for meal, hour in MEALS
    ),
)

AT_TIMES: tuple[Habit, ...] = (
    Habit(
        "sample-disposal",
        "canteen-manager",
        "week",
        {"sampled": LUNCH_BEFORE, "keeper": "食堂管理员"},
        when="at",
    ),
    Habit(
        "lesson",
        "safety-officer",
        "semester",
        {
            "kind": "concentrated",
            "topic": ["safety", "fire", "traffic"],
            "audience": ["pupils"],
            "people": 900,
            "speaker": "teacher",
            "content": "开学安全第一课：路上、课间、食堂、宿舍。",
        },
        place=0.05,
    ),
    Habit(
        "place-check",
        "safety-officer",
        "week",
        {"places": ["stairs"], "risks": ["crowding"], "problems": "做操散场时二楼拐角拥挤，加派一名教师。"},
    ),
    *(
        Habit(
            "police-visit",
            "safety-officer",
            "month",
            {
                "police": ["station"],
                "role": "legal-vice-principal",
                "purpose": ["education", "self-check"],
                "result": "看了门卫和监控，给值周教师讲了处置流程。",
            },
            signed=("station",),
            place=place,
        )
        for place in (0.25, 0.75)
    ),
    Habit(
        "guard-training",
        "safety-officer",
        "semester",
        {
            "audience": ["guards"],
            "topics": ["post-duty", "equipment"],
            "trainer": "保安公司教官",
            "hours": 4,
            "expected": 4,
            "attended": 4,
            "untrained": 0,
        },
        place=0.35,
    ),
    Habit(
        "barriers",
        "safety-officer",
        "start",
        {"gates": 1, "unprotected": 0, "fences": 2, "bollards": 4},
    ),
    Habit(
        "alarm",
        "safety-officer",
        "start",
        {"intrusion": 2, "emergency": 3, "to_police": True, "to_bureau": False, "minutes": 2},
    ),
)
