"""How the record names what this package does."""

from huyuan.trace.verbs import register


def register_verbs() -> None:
    """Called once, when the program starts."""
    register("returns", "村级排查表", {"returns.chase": "催报排查表"})
