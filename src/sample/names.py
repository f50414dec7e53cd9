"""Invented names. A name is drawn from a stable hash of where it is used, so every run gives the same
county."""

import hashlib

SURNAMES = (
    "柏卞岑车单丁樊费葛管贺霍季简江靳康柯赖蓝黎凌柳鲁骆茅梅孟苗闵宁潘庞裴齐祁钱强秦裘"
    "瞿饶任桑邵沈施石舒宋汤滕童屠万汪卫温翁邬奚夏向萧谢辛邢熊徐许薛严颜晏杨叶易殷尹应"
    "尤于余俞虞喻袁岳云臧翟詹湛章赵郑钟周祝卓邹"
)
FIRST = (
    "安柏采朝承崇楚春淳德冬敦方芳枫馥高耕冠光广桂海涵行禾恒弘华惠稷嘉建江今景静俊可兰"
    "乐礼立良林岭令苓茂美明木沐慕南念宁培沛朴启千乾青清秋如若森山尚书舒树思松素岁泰陶"
    "天田亭望维文溪夏闲晓欣星杏秀旭雪雅言彦宜奕逸映永友予雨元原远月云允泽昭哲贞真振正"
    "之知芷志致仲舟竹卓子"
)
LAST = (
    "安昂柏宾波博昌辰诚川春聪达丹岱东帆枫峰刚歌耕冠光海涵航禾衡宏虹华晖佳坚健杰捷京菊"
    "君开岚朗磊莉力林琳岭龙鹿鸣墨楠宁鹏萍琪谦勤青庆泉群荣蓉锐瑞森珊石实硕松涛腾田婷桐"
    "薇伟文武溪贤祥翔晓欣新星雄秀轩雪勋雅岩燕阳尧业晔仪怡毅英颖勇宇玉媛跃云昀泽珍臻洲"
    "竹"
)


def draw(seed: str, length: int) -> int:
    """A number below `length`, always the same for the same seed."""
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8], "big") % length


def share(seed: str) -> float:
    """A number in [0, 1), always the same for the same seed."""
    return draw(seed, 1_000_000) / 1_000_000


def person(seed: str) -> str:
    """An invented name of two or three characters."""
    name = SURNAMES[draw(f"{seed}/surname", len(SURNAMES))]
    if share(f"{seed}/long") < 0.8:
        name += FIRST[draw(f"{seed}/first", len(FIRST))]
    return name + LAST[draw(f"{seed}/last", len(LAST))]
