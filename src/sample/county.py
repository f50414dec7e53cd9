"""The sample county 青禾县: literal tables of its places, agencies and schools. Nothing here is a real
place."""

from datetime import date
from typing import NamedTuple

CODE = 990101
"""County code outside GB/T 2260's provinces, so that no real county can be meant."""

NAME = "青禾县"

TOWNS: dict[str, tuple[str, ...]] = {
    "城关镇": ("东街", "西街", "南园", "北园", "文昌", "桥头", "柳岸", "荷塘", "新桥", "望城", "石榴园"),
    "临河镇": ("上渡", "下渡", "河湾", "芦苇滩", "船坞", "长堤", "沙洲", "渔湾", "青石埠", "杨树口", "双桥"),
    "云岭乡": ("云头", "云脚", "松岗", "竹坳", "茶坪", "石门", "风口", "梨树坳", "老林", "黄泥岗", "天池"),
    "麦田镇": ("前麦", "后麦", "高粱地", "东畈", "西畈", "磨坊", "粮站", "枣林", "槐树店", "大圩", "小圩"),
    "柳泉镇": ("上泉", "中泉", "下泉", "柳林", "水磨", "花园", "果园", "桑园", "鹤鸣", "白鹭", "清溪"),
    "石桥镇": ("桥东", "桥西", "石匠", "窑上", "瓦屋", "铁匠铺", "驿站", "官塘", "莲花", "龙眼井", "五里店"),
}

TOWNS_AT: dict[str, tuple[float, float]] = {
    "城关镇": (40.30, 90.50),
    "临河镇": (40.36, 90.64),
    "云岭乡": (40.44, 90.43),
    "麦田镇": (40.22, 90.62),
    "柳泉镇": (40.19, 90.41),
    "石桥镇": (40.31, 90.33),
}
"""Where the towns lie (WGS-84): in a desert, so that no real county can be meant."""

AGENCIES: tuple[tuple[str, str, str, str], ...] = (
    # key, kind, name, short name
    ("education-bureau", "education-bureau", "青禾县教育局", "教育局"),
    ("police-bureau", "police-bureau", "青禾县公安局", "公安局"),
    ("traffic-police", "traffic-police", "青禾县公安局交通警察大队", "交警大队"),
    ("market-regulator", "market-regulator", "青禾县市场监督管理局", "市场监管局"),
    ("fire-brigade", "fire-brigade", "青禾县消防救援大队", "消防大队"),
    ("urban-management", "urban-management", "青禾县城市管理局", "城管局"),
    ("culture-office", "culture-office", "青禾县文化和旅游局", "文旅局"),
    ("health-office", "health-office", "青禾县卫生健康委员会", "卫健委"),
    ("political-legal", "political-legal-committee", "中共青禾县委政法委员会", "政法委"),
)


class School(NamedTuple):
    """One school: `stage`, pupils, boarders; `parent` is the central school it belongs to."""

    key: str
    name: str
    short: str
    town: str
    kind: str
    stage: str
    pupils: int
    boarders: int = 0
    private: bool = False
    canteen: bool = True
    bus: bool = False
    parent: str = ""
    staff: int = 0
    opened: date | None = None
    construction: bool = False


def _k(
    key: str,
    name: str,
    short: str,
    town: str,
    pupils: int,
    *,
    private: bool = False,
    bus: bool = False,
    opened: date | None = None,
) -> School:
    return School(
        key, name, short, town, "kindergarten", "nursery", pupils, private=private, bus=bus, opened=opened
    )


SCHOOLS: tuple[School, ...] = (
    # senior and vocational
    School(
        "no1-high", "青禾县第一中学", "县一中", "城关镇", "school", "complete", 6400, 1300, construction=True
    ),
    School("no2-high", "青禾县第二中学", "县二中", "临河镇", "school", "senior", 2860, 1980),
    School("vocational", "青禾县职业教育中心", "职教中心", "城关镇", "school", "vocational", 2140, 1260),
    School(
        "mingde-high",
        "青禾县明德高级中学",
        "明德高中",
        "石桥镇",
        "school",
        "senior",
        1180,
        1020,
        private=True,
    ),
    # junior
    School("experimental-junior", "青禾县实验初级中学", "实验初中", "城关镇", "school", "junior", 2210),
    School("chengguan-junior", "城关镇初级中学", "城关初中", "城关镇", "school", "junior", 1640),
    School("linhe-junior", "临河镇初级中学", "临河初中", "临河镇", "school", "junior", 980, 420),
    School("maitian-junior", "麦田镇初级中学", "麦田初中", "麦田镇", "school", "junior", 760, 310),
    School("liuquan-junior", "柳泉镇初级中学", "柳泉初中", "柳泉镇", "school", "junior", 820, 280),
    School("shiqiao-junior", "石桥镇初级中学", "石桥初中", "石桥镇", "school", "junior", 1001, 360),
    School(
        "bright-junior",
        "青禾县启明学校",
        "启明学校",
        "城关镇",
        "school",
        "junior",
        640,
        610,
        private=True,
        bus=True,
    ),
    # nine-year
    School(
        "yunling-nine",
        "云岭乡九年一贯制学校",
        "云岭学校",
        "云岭乡",
        "school",
        "nine-year",
        540,
        260,
        bus=True,
    ),
    School("xincheng-nine", "青禾县新城学校", "新城学校", "城关镇", "school", "nine-year", 2480, bus=True),
    School("hezhou-nine", "临河镇沙洲学校", "沙洲学校", "临河镇", "school", "nine-year", 430),
    School("wulidian-nine", "石桥镇五里店学校", "五里店学校", "石桥镇", "school", "nine-year", 501, bus=True),
    # primary: town and central schools
    School("experimental-primary", "青禾县实验小学", "实验小学", "城关镇", "school", "primary", 3120),
    School("wenchang-primary", "青禾县文昌小学", "文昌小学", "城关镇", "school", "primary", 2340),
    School("no3-primary", "青禾县第三小学", "县三小", "城关镇", "school", "primary", 1760),
    School("hetang-primary", "城关镇荷塘小学", "荷塘小学", "城关镇", "school", "primary", 920),
    School("linhe-central", "临河镇中心小学", "临河中心小学", "临河镇", "school", "primary", 1240),
    School("yunling-central", "云岭乡中心小学", "云岭中心小学", "云岭乡", "school", "primary", 380, 120),
    School("maitian-central", "麦田镇中心小学", "麦田中心小学", "麦田镇", "school", "primary", 960),
    School("liuquan-central", "柳泉镇中心小学", "柳泉中心小学", "柳泉镇", "school", "primary", 1010),
    School("shiqiao-central", "石桥镇中心小学", "石桥中心小学", "石桥镇", "school", "primary", 1120),
    School(
        "xiadu-primary",
        "临河镇下渡小学",
        "下渡小学",
        "临河镇",
        "school",
        "primary",
        310,
        parent="linhe-central",
    ),
    School(
        "hewan-primary",
        "临河镇河湾小学",
        "河湾小学",
        "临河镇",
        "school",
        "primary",
        260,
        parent="linhe-central",
    ),
    School(
        "houmai-primary",
        "麦田镇后麦小学",
        "后麦小学",
        "麦田镇",
        "school",
        "primary",
        340,
        parent="maitian-central",
    ),
    School(
        "dawei-primary",
        "麦田镇大圩小学",
        "大圩小学",
        "麦田镇",
        "school",
        "primary",
        280,
        parent="maitian-central",
    ),
    School(
        "liulin-primary",
        "柳泉镇柳林小学",
        "柳林小学",
        "柳泉镇",
        "school",
        "primary",
        390,
        parent="liuquan-central",
    ),
    School(
        "hemin-primary",
        "柳泉镇鹤鸣小学",
        "鹤鸣小学",
        "柳泉镇",
        "school",
        "primary",
        240,
        parent="liuquan-central",
    ),
    School(
        "qiaodong-primary",
        "石桥镇桥东小学",
        "桥东小学",
        "石桥镇",
        "school",
        "primary",
        450,
        parent="shiqiao-central",
    ),
    School(
        "guantang-primary",
        "石桥镇官塘小学",
        "官塘小学",
        "石桥镇",
        "school",
        "primary",
        290,
        parent="shiqiao-central",
    ),
    # campuses
    School(
        "beiyuan-primary",
        "青禾县实验小学北园校区",
        "实小北园校区",
        "城关镇",
        "campus",
        "primary",
        680,
        parent="experimental-primary",
    ),
    School(
        "wangcheng-primary",
        "青禾县文昌小学望城校区",
        "文昌望城校区",
        "城关镇",
        "campus",
        "primary",
        520,
        parent="wenchang-primary",
    ),
    School(
        "hope-primary",
        "青禾县博文小学",
        "博文小学",
        "城关镇",
        "school",
        "primary",
        720,
        240,
        private=True,
        bus=True,
    ),
    School(
        "yuntou-primary",
        "云岭乡云头小学",
        "云头小学",
        "云岭乡",
        "school",
        "primary",
        130,
        parent="yunling-central",
    ),
    School(
        "songgang-primary",
        "云岭乡松岗小学",
        "松岗小学",
        "云岭乡",
        "school",
        "primary",
        96,
        parent="yunling-central",
    ),
    # teaching points
    School(
        "zhuao-point",
        "云岭乡竹坳教学点",
        "竹坳教学点",
        "云岭乡",
        "teaching-point",
        "primary",
        14,
        canteen=False,
        parent="yunling-central",
        staff=3,
    ),
    School(
        "tianchi-point",
        "云岭乡天池教学点",
        "天池教学点",
        "云岭乡",
        "teaching-point",
        "primary",
        22,
        canteen=False,
        parent="yunling-central",
        staff=4,
    ),
    School(
        "luweitan-point",
        "临河镇芦苇滩教学点",
        "芦苇滩教学点",
        "临河镇",
        "teaching-point",
        "primary",
        31,
        canteen=False,
        parent="linhe-central",
        staff=5,
    ),
    School(
        "yaoshang-point",
        "石桥镇窑上教学点",
        "窑上教学点",
        "石桥镇",
        "teaching-point",
        "primary",
        27,
        canteen=False,
        parent="shiqiao-central",
        staff=4,
    ),
    # kindergartens
    _k("county-kindergarten", "青禾县幼儿园", "县幼儿园", "城关镇", 640),
    _k("no2-kindergarten", "青禾县第二幼儿园", "县二幼", "城关镇", 420),
    _k("wenchang-kindergarten", "青禾县文昌幼儿园", "文昌幼儿园", "城关镇", 310),
    _k("xincheng-kindergarten", "青禾县新城幼儿园", "新城幼儿园", "城关镇", 360),
    _k("linhe-kindergarten", "临河镇中心幼儿园", "临河中心园", "临河镇", 280),
    _k("yunling-kindergarten", "云岭乡中心幼儿园", "云岭中心园", "云岭乡", 90),
    _k("maitian-kindergarten", "麦田镇中心幼儿园", "麦田中心园", "麦田镇", 260),
    _k("liuquan-kindergarten", "柳泉镇中心幼儿园", "柳泉中心园", "柳泉镇", 270),
    _k("shiqiao-kindergarten", "石桥镇中心幼儿园", "石桥中心园", "石桥镇", 300),
    _k("sunshine-kindergarten", "青禾县向阳幼儿园", "向阳幼儿园", "城关镇", 240, private=True),
    _k("seedling-kindergarten", "青禾县小禾苗幼儿园", "小禾苗幼儿园", "城关镇", 180, private=True, bus=True),
    _k("rainbow-kindergarten", "城关镇七彩幼儿园", "七彩幼儿园", "城关镇", 150, private=True),
    _k("acorn-kindergarten", "城关镇橡果幼儿园", "橡果幼儿园", "城关镇", 120, private=True),
    _k("riverside-kindergarten", "临河镇河畔幼儿园", "河畔幼儿园", "临河镇", 110, private=True, bus=True),
    _k("wheat-kindergarten", "麦田镇麦穗幼儿园", "麦穗幼儿园", "麦田镇", 95, private=True, bus=True),
    _k("springs-kindergarten", "柳泉镇清泉幼儿园", "清泉幼儿园", "柳泉镇", 105, private=True),
    _k("bridge-kindergarten", "石桥镇石榴幼儿园", "石榴幼儿园", "石桥镇", 130, private=True),
    _k("lotus-kindergarten", "石桥镇莲花幼儿园", "莲花幼儿园", "石桥镇", 85, private=True),
    _k("egret-kindergarten", "柳泉镇白鹭幼儿园", "白鹭幼儿园", "柳泉镇", 76, private=True),
    _k(
        "mulberry-kindergarten",
        "柳泉镇桑园幼儿园",
        "桑园幼儿园",
        "柳泉镇",
        60,
        private=True,
        opened=date(2026, 10, 12),
    ),
)

HABITS = ("steady", "steady", "steady", "late", "lazy", "careless")
"""How a school keeps its registers: steady does nearly all, late does it after the day, lazy skips,
careless forgets to have papers signed and confirmed. Drawn by name, so that every verdict occurs."""

DEMO_SCHOOL = "no2-kindergarten"

STEADY = frozenset({DEMO_SCHOOL, "station-城关镇"})
"""Whom visitors look at first: they keep their registers."""
