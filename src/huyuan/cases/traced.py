"""How the record names what this package does."""

from huyuan.cases.rules import STEPS
from huyuan.trace.verbs import register


def register_verbs() -> None:
    """Called once, when the program starts."""
    verbs = {f"case.{verb}": zh for verb, zh in STEPS.items()}
    register("case", "隐患", verbs, {"case": "隐患"})
