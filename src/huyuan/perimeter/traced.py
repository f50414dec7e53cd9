"""How the record names what this package does."""

from huyuan.orgs.actions.rows import BROKEN
from huyuan.trace.verbs import register

VERBS = {
    "wall.draw": "画围墙",
    "venue.close": "登记场所关停",
    "venue.check": "登记场所检查",
    "venue.check-void": "作废场所检查",
}
OBJECTS = {
    "perimeter_venue": "周边场所",
    "perimeter_wall": "围墙",
    "perimeter_venuecheck": "场所检查",
}
SENTENCES = {
    "perimeter_venue_once": "这个地址已经登记过同名、同类的场所。请在场所名单里找到它，直接修改。",
    "perimeter_venue_client": "这个场所已经登记过了。请回到场所名单查看。",
    "perimeter_venue_point": "纬度在-90至90度之间，经度在-180至180度之间。请改正位置。",
    "perimeter_venue_dates": "关停日期要晚于开业日期。请改正日期。",
}


def register_verbs() -> None:
    """Called once, when the program starts."""
    register("perimeter", "周边场所", VERBS, OBJECTS)
    BROKEN.update(SENTENCES)
