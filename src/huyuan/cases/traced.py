"""How the record names what this package does."""

from huyuan.cases.rules import CARE_VERBS, STEPS
from huyuan.cases.voices import VOICE
from huyuan.trace.verbs import register


def register_verbs() -> None:
    """Called once, when the program starts."""
    verbs = {f"case.{verb}": zh for verb, zh in STEPS.items()}
    verbs |= {"case.link": "发办理链接", "case.no-link": "收回办理链接"}
    register("case", "隐患", verbs, {"case": "隐患"})
    voices = {
        "voice.code": "换门口二维码",
        "voice.no-code": "停用门口二维码",
        "voice.receive": "收到反映",
        "voice.phone": "查看留下的电话",
        **{f"voice.{verb}": zh for verb, zh in VOICE.verbs.items()},
    }
    register("voice", "家长和群众反映", voices, {"voice": "家长和群众反映", "gate-code": "门口二维码"})
    caring = {f"care.{verb}": zh for verb, zh in CARE_VERBS.items()}
    register("care", "关爱帮教", caring, {"care": "关爱帮教"})
