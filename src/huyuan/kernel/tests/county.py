"""A county's calendar for the tests: three semesters, and the published holidays of 2026 only."""

from datetime import date

from huyuan.kernel.calendar import Calendar, Term
from huyuan.kernel.holidays_cn import holiday_table

TERMS = (
    Term("2025-2026", 2, date(2026, 3, 2), date(2026, 7, 3)),
    Term("2026-2027", 1, date(2026, 9, 1), date(2027, 1, 22)),
    Term("2026-2027", 2, date(2027, 2, 22), date(2027, 7, 2)),
)
TABLE = holiday_table([2026, 2027])
COUNTY = Calendar(TERMS, TABLE.days, TABLE.published, TABLE.names)
