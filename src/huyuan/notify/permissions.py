"""The rows of the permission table that this package adds."""

from huyuan.orgs.permissions import Grant, register


def register_grants() -> None:
    """Called once, when the program starts."""
    register(
        "webhook.alter",
        "管理消息通道",
        [
            Grant("admin", "own"),
            Grant("admin", "below"),
            Grant("head", "own"),
            Grant("bureau-officer", "own"),
        ],
    )
