"""A special campaign of the bureau with the schools of one town, between two days of this term."""

from sample.doings.doing import Ref
from sample.doings.habits import DAY, Habit, Often

NAME = "秋季护校安园专项行动"

GROUP = {
    "kind": "campaign",
    "state": True,
    "missing": 0,
    "members": [
        {"role": "head", "unit": "主要负责人", "name": "组长"},
        {"role": "deputy", "unit": "分管安全负责人", "name": "副组长"},
        {"role": "member", "unit": "各有关人员", "name": "成员"},
    ],
}

WHEN_TESTED: tuple[Often, ...] = ("start", "month")

OF_SCHOOLS: tuple[Habit, ...] = (
    Habit("body", "safety-officer", "start", GROUP),
    Habit(
        "campaign-step",
        "head",
        "start",
        {"name": NAME, "step": "deployed-by-head", "what": "召开动员会，八项措施逐项分工。", "people": 40},
    ),
    Habit(
        "volunteers",
        "safety-officer",
        "start",
        {
            "total": 12,
            "teachers": 4,
            "parents": 6,
            "community": 2,
            "posts": [{"place": "正门东侧路口", "slot": "上下学", "people": 4}],
            "unmanned": 0,
        },
    ),
    Habit(
        "barriers",
        "safety-officer",
        "start",
        {"gates": 1, "unprotected": 0, "fences": 2, "bollards": 4, "note": "一根升降柱报修"},
    ),
    *(
        Habit(
            "alarm",
            "safety-officer",
            often,
            {
                "intrusion": 2,
                "emergency": 2,
                "to_police": True,
                "to_bureau": True,
                "electronic_patrol": 6,
                "minutes": 2,
            },
            place=0.1,
        )
        for often in WHEN_TESTED
    ),
    Habit(
        "campaign-check",
        "vice-principal-safety",
        "month",
        {
            "name": NAME,
            "measures": [
                "internal",
                "hazards",
                "education",
                "disputes",
                "perimeter-patrol",
                "crime",
                "police-linkage",
                "supervision",
            ],
            "evidence": "排查、宣传、巡查、会商登记",
            "gaps": "周边夜间巡查偏少，请派出所增加一次。",
        },
        place=0.8,
    ),
    Habit(
        "publicity",
        "safety-officer",
        "month",
        {
            "topic": ["campaign"],
            "audience": ["public", "parents"],
            "channel": ["official-account", "screen", "group", "website"],
            "people": 900,
        },
        place=0.3,
    ),
    Habit(
        "hazard-check",
        "safety-officer",
        "month",
        {
            "scope": ["special"],
            "places": [
                "security-staff",
                "security-equipment",
                "safety-rules",
                "security-facilities",
                "emergency-readiness",
            ],
            "participants": "分管副校长、安全员",
            "joint": False,
            "found": False,
        },
        place=0.4,
    ),
    Habit(
        "patrol",
        "guard",
        "week",
        {"area": ["gate", "perimeter"], "time": "peak", "places": "校门口、校前路", "situation": "秩序正常"},
        when="at",
        hour=16,
    ),
    Habit(
        "volunteer-service",
        "safety-officer",
        "week",
        {
            "kind": ["gate", "patrol"],
            "source": ["parents", "patrol-force"],
            "people": 6,
            "result": "护送过马路，劝离摊贩一处。",
        },
        when="at",
        hour=16,
    ),
    Habit(
        "rectification-action",
        "vice-principal-safety",
        "semester",
        {
            "scope": ["perimeter"],
            "venues": ["street-stall", "public-order"],
            "sites": "校前路两侧",
            "people": 14,
            "results": "劝离摊点三处，规范停车二十余辆。",
        },
        signed=("station", "political-legal", "market", "urban-management"),
        place=0.2,
    ),
    Habit(
        "meeting",
        "head",
        "semester",
        {
            "kind": "joint-meeting",
            "host": "校长",
            "people": 8,
            "topics": "专项行动进展与研判",
            "agenda": ["measures", "situation"],
            "minutes": "三项整改各有责任单位。",
        },
        signed=("station", "stability"),
        place=0.15,
    ),
    *(
        Habit(
            "survey",
            "vice-principal-safety",
            "semester",
            {
                "about": "safety-sense",
                "audience": audience,
                "way": "online",
                "asked": asked,
                "answered": asked - 8,
                "satisfied": asked - 16,
                "percent": 94,
                "opinions": "放学时校门口车多。",
                "handled": "分年级错峰放学。",
            },
            place=0.45,
        )
        for audience, asked in (("pupils", 300), ("staff", 60), ("parents", 280))
    ),
)

OF_THE_BUREAU: tuple[Habit, ...] = (
    Habit("body", "bureau-officer", "start", GROUP),
    Habit(
        "campaign",
        "bureau-officer",
        "start",
        {
            "name": NAME,
            "from_day": DAY,
            "office": "教育局安全股",
            "plan": "秋季护校安园专项行动工作方案",
            "goals": "八项措施落实到校，突出问题月底前解决。",
        },
    ),
    Habit(
        "campaign-step",
        "bureau-officer",
        "month",
        {"name": NAME, "step": "progress", "what": "逐校督促，两所学校补了电子巡查点。"},
        place=0.7,
    ),
    Habit(
        "online-patrol",
        "bureau-officer",
        "week",
        {
            "system": True,
            "schools": 61,
            "offline": 1,
            "problems": "一所学校后门画面中断，已通知。",
            "told": True,
        },
        when="at",
        hour=10,
    ),
    Habit(
        "assessment",
        "bureau-officer",
        "semester",
        {
            "kind": "target-letter",
            "rubric": "安全管理目标责任书",
            "unit": Ref("org", "liuquan-central"),
            "items": [{"item": "隐患排查整改", "full": 100, "score": 95, "grounds": "自查八处，全部整改"}],
            "found": 8,
            "closed": 8,
            "verified": True,
            "fair": True,
            "score": 95,
            "outcome": "good",
            "told": True,
        },
        place=0.4,
        confirmer="bureau-leader",
    ),
)
