"""What a pack may say about risks: their kinds, and when a count of hazards is a warning."""

from typing import Annotated

from pydantic import Field

from huyuan.packs.format import Key, Strict, Zh


class RiskKindSpec(Strict):
    """A kind of risk of which the police tell schools. A notice of it is in force for `days` at most; a
    school signs for it within `sign_hours`."""

    key: Key
    zh: Zh
    days: Annotated[int, Field(ge=1, le=366)]
    sign_hours: Annotated[int, Field(ge=1, le=240)]


class WarningSpec(Strict):
    """A level of early warning (预警), the most serious first: of one category in one town at least
    `at_least` hazards in a month, and at least `percent` per cent of the mean of the `months` before it.
    Counts of hazards alone, never anything about a person."""

    key: Key
    zh: Zh
    at_least: Annotated[int, Field(ge=1)]
    percent: Annotated[int, Field(ge=100)]
    months: Annotated[int, Field(ge=1, le=12)]
