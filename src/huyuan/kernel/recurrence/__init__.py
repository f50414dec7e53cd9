"""How often: the grammar of cadence, its periods and its sentence."""

from huyuan.kernel.recurrence.grammar import KINDS, Cadence, Due, Kind
from huyuan.kernel.recurrence.periods import FOREVER, Period, periods
from huyuan.kernel.recurrence.sentence import say

__all__ = ["FOREVER", "KINDS", "Cadence", "Due", "Kind", "Period", "periods", "say"]
