"""Who collects the villages' returns, and who reads their sums: rows of the permission table."""

from huyuan.orgs.permissions import Grant, register

GRANTS: tuple[tuple[str, str, tuple[Grant, ...]], ...] = (
    (
        "returns.see",
        "查看村级排查表",
        (Grant("town-officer", "region"), Grant("town-leader", "region")),
    ),
    ("returns.collect", "收集村级排查表", (Grant("town-officer", "region"),)),
    # Disputes circulate upwards as counts only: the county reads sums by town.
    ("returns.count", "查看各乡镇排查表汇总", (Grant("county-leader", "below"),)),
)


def register_actions() -> None:
    """Called once, when the program starts."""
    for action, zh, grants in GRANTS:
        register(action, zh, grants)
