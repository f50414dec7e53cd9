"""Home and school together while an epidemic order is in force: figures only, nobody's health."""

from sample.doings.habits import Habit

WHILE_IN_FORCE: tuple[Habit, ...] = (
    Habit(
        "body",
        "safety-officer",
        "start",
        {
            "kind": "epidemic-control",
            "state": True,
            "members": [
                {"role": "head", "unit": "园长", "name": "园长"},
                {"role": "deputy", "unit": "分管安全副园长", "name": "副园长"},
                {"role": "member", "unit": "保健教师、各班班主任", "name": "保健教师等"},
            ],
            "missing": 0,
        },
    ),
    Habit(
        "epidemic-papers",
        "safety-officer",
        "start",
        {
            "papers": [
                {"kind": "plan", "title": "应急处置方案", "responsible": "园长"},
                {"kind": "plan", "title": "日报告方案", "responsible": "安全员"},
                {"kind": "rule", "title": "晨午检制度", "responsible": "保健教师"},
                {"kind": "rule", "title": "消毒通风制度", "responsible": "后勤"},
            ],
            "plans": 4,
            "rules": 10,
        },
    ),
    Habit(
        "parent-committee",
        "vice-principal-safety",
        "start",
        {
            "level": "school",
            "formed": "elected",
            "state": True,
            "members": 18,
            "unrepresented": 0,
            "duties": "反映意见，协助宣传，护园值守。",
        },
    ),
    Habit(
        "parent-committee",
        "class-teacher",
        "start",
        {"level": "class", "formed": "elected", "state": True, "members": 4, "duties": "联系本班家长。"},
        by_class=True,
    ),
    Habit(
        "epidemic-daily-report",
        "safety-officer",
        "day",
        {
            "children": 420,
            "known": 420,
            "unwell": 2,
            "away": 3,
            "away_unwell": 0,
            "handled": "身体不适的居家休息，班主任每天联系。",
        },
        hour=16,
        usual=0.9,
    ),
    Habit(
        "epidemic-tasks",
        "safety-officer",
        "week",
        {
            "task": ["daily-health", "not-returned", "returned", "measures", "suggestions"],
            "families": 418,
            "result": "五方面都已安排到班，家委会每班一人联络。",
        },
        place=0.4,
    ),
    Habit(
        "prevention-check",
        "safety-officer",
        "week",
        {
            "basis": "教育局防控工作预案",
            "items": [
                {"item": "晨午检", "done": True},
                {"item": "消毒通风", "done": True},
                {"item": "隔离观察室", "done": True},
            ],
            "problems": "消毒液余量不足，已补。",
        },
        place=0.2,
    ),
    Habit(
        "publicity",
        "safety-officer",
        "week",
        {
            "topic": ["epidemic"],
            "audience": ["staff", "pupils", "parents"],
            "channel": ["staff-group", "class-teacher-group", "parents-group", "committee-group"],
            "people": 450,
        },
        place=0,
    ),
    Habit(
        "parent-contact",
        "class-teacher",
        "week",
        {
            "channel": "group",
            "topic": ["health", "learning", "cooperation"],
            "families": 32,
            "result": "提醒勤洗手、常通风；居家的每天做一次亲子游戏。",
        },
        place=0.6,
    ),
    Habit(
        "parent-committee-work",
        "class-teacher",
        "week",
        {
            "level": "class",
            "task": ["contact", "coordination", "class-help"],
            "people": 4,
            "content": "家委会帮着收齐返县统计，转达家长意见。",
        },
        by_class=True,
        place=0.8,
    ),
    Habit(
        "lesson",
        "class-teacher",
        "week",
        {
            "kind": "parents-school",
            "topic": ["habits", "disease"],
            "audience": ["parents"],
            "people": 30,
            "speaker": "teacher",
            "content": "家长学校：早睡早起、饭前洗手。",
        },
        place=0.9,
        hour=17,
    ),
    Habit(
        "parent-voice",
        "class-teacher",
        "start",
        {"kind": "suggestion", "level": "class", "content": "接送时分三个口进出，少聚集。"},
        when="at",
        hour=17,
        usual=1,
    ),
)
