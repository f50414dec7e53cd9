"""Reading cases: their words, who somebody is to them, boards, pages, figures."""

from huyuan.cases.queries.board import LANES, MOST, Card, board, in_lanes, turns
from huyuan.cases.queries.counts import Counted, confidential_counts, summed
from huyuan.cases.queries.detail import (
    Detail,
    alike,
    case_seen,
    detail,
    file_seen,
    places_of,
    receivers,
)
from huyuan.cases.queries.lists import PAGE, Filters, filtered, found, page
from huyuan.cases.queries.voices import (
    answers_for,
    gate_code,
    inbox,
    voice_counts,
    voice_file_seen,
    voice_seen,
    voices_spec,
    voices_waiting,
)
from huyuan.cases.queries.words import DISPUTE, HAZARD, overseer_of, spec_of, specs

__all__ = [
    "DISPUTE",
    "HAZARD",
    "LANES",
    "MOST",
    "PAGE",
    "Card",
    "Counted",
    "Detail",
    "Filters",
    "alike",
    "answers_for",
    "board",
    "case_seen",
    "confidential_counts",
    "detail",
    "file_seen",
    "filtered",
    "found",
    "gate_code",
    "in_lanes",
    "inbox",
    "overseer_of",
    "page",
    "places_of",
    "receivers",
    "spec_of",
    "specs",
    "summed",
    "turns",
    "voice_counts",
    "voice_file_seen",
    "voice_seen",
    "voices_spec",
    "voices_waiting",
]
