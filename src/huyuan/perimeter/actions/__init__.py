"""Everything that changes venues, walls and checks."""

from huyuan.perimeter.actions.checks import Found, record_check, void_check
from huyuan.perimeter.actions.near import refresh
from huyuan.perimeter.actions.venues import Particulars, add_venue, alter_venue, close_venue
from huyuan.perimeter.actions.walls import draw_wall

__all__ = [
    "Found",
    "Particulars",
    "add_venue",
    "alter_venue",
    "close_venue",
    "draw_wall",
    "record_check",
    "refresh",
    "void_check",
]
