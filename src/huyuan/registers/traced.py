"""How the record names what this package does."""

from huyuan.trace.verbs import register

VERBS = {
    "entry.submit": "提交登记",
    "entry.confirm": "确认登记",
    "entry.return": "退回登记",
    "entry.void": "作废登记",
    "entry.sign": "签字",
    "entry.ask": "请对方确认代录",
    "entry.ask-no-more": "停用确认链接",
    "entry.answer": "答复代录",
    "entry.discard": "删除草稿",
    "entry.conflict": "重复的草稿另存",
    "import.write": "导入台账",
    "import.confirm": "确认导入的台账",
    "import.void": "作废导入的台账",
}


def register_verbs() -> None:
    """Called once, when the program starts."""
    register("register", "登记和台账", VERBS, {"entry": "登记", "import": "导入的台账"})
