"""How the record names what this package does."""

from huyuan.trace.verbs import register

VERBS = {
    "duty.adopt": "采用文件",
    "duty.end-adoption": "停用文件",
    "duty.local": "约定原文没有写明的",
    "duty.sign-in": "定从哪天起签到",
    "duty.waive": "免除要求",
    "duty.decide": "决定按哪个文件执行",
    "duty.extend": "延长办理时限",
    "duty.learn": "登记得知时间",
    "duty.end": "事件办结",
    "duty.close": "到期判定",
}
OBJECTS = {
    "adoption": "启用的文件",
    "waiver": "免除",
    "decision": "决定",
    "event": "事件",
    "county": "全县",
}


def register_verbs() -> None:
    """Called once, when the program starts."""
    register("duty", "文件启用和判定", VERBS, OBJECTS)
