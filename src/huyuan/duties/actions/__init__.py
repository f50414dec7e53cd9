"""Every write of duties."""

from huyuan.duties.actions.adopting import adopt, set_local_value, set_sign_in, take_up_versions
from huyuan.duties.actions.closing import close_due
from huyuan.duties.actions.deciding import decide_matter, end_event, extend_clock, learn, waive
from huyuan.duties.actions.ending import end_adoption

__all__ = [
    "adopt",
    "close_due",
    "decide_matter",
    "end_adoption",
    "end_event",
    "extend_clock",
    "learn",
    "set_local_value",
    "set_sign_in",
    "take_up_versions",
    "waive",
]
