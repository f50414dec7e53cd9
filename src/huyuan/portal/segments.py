"""A paragraph of a directive cut where its claimed sentences begin and end. No database, no clock."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

Claim = Mapping[str, Any]
"""A claim as it is kept with its clause: quote, status, by, reason, capability, id."""


class Segment(NamedTuple):
    """A piece of the text; `claims`: numbers (from 1) of the claims that speak of it, none: plain text."""

    text: str
    claims: tuple[int, ...]


def segments(text: str, claims: Sequence[Claim]) -> list[Segment]:
    """The text in order, every character once. A quote is looked for after the one before, then anywhere."""
    cuts = {0, len(text)}
    spans: list[tuple[int, int, int]] = []
    after = 0
    for number, claim in enumerate(claims, start=1):
        quote = claim["quote"]
        start = text.find(quote, after)
        if start < 0:
            start = text.find(quote)
        if start < 0:
            continue
        spans.append((start, start + len(quote), number))
        cuts |= {start, start + len(quote)}
        after = start
    ends = sorted(cuts)
    return [
        Segment(
            text[begin:end], tuple(number for start, stop, number in spans if start <= begin and end <= stop)
        )
        for begin, end in pairwise(ends)
        if text[begin:end]
    ]
