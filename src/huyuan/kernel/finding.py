"""Finding Chinese text: what was asked for as terms, and the words around what was found."""

import string
from collections.abc import Sequence
from typing import NamedTuple

LONGEST, MOST_TERMS = 60, 5
SHORTEST = 2
"""A single character stands in too many words to be asked for alone."""
AROUND = 24
# Letters and digits that take the room of a Chinese character.
NARROW = str.maketrans({chr(ord(sign) + 0xFEE0): sign for sign in string.ascii_letters + string.digits})


def plain(text: str) -> str:
    """The text in one way of writing: full-width letters and digits as narrow ones, single blanks."""
    return " ".join(text.replace("\0", "").translate(NARROW).split())


def terms(text: str) -> tuple[str, ...]:
    """What was asked for, cut at blanks; empty when nothing in it is long enough to look for."""
    asked = tuple(dict.fromkeys(plain(text)[:LONGEST].split()))[:MOST_TERMS]
    return asked if any(len(term) >= SHORTEST for term in asked) else ()


class Piece(NamedTuple):
    """A stretch of text; `found`: it is one of the terms."""

    text: str
    found: bool


def excerpt(text: str, asked: Sequence[str]) -> list[Piece]:
    """The text around the first term in it, each term marked; its beginning where no term is in it."""
    whole = plain(text)
    low = whole.lower()
    at = min((place for term in asked if (place := low.find(term.lower())) >= 0), default=0)
    first, last = max(0, at - AROUND), at + 3 * AROUND
    shown = ("…" if first else "") + whole[first:last] + ("…" if last < len(whole) else "")
    return marked(shown, asked)


def marked(text: str, asked: Sequence[str]) -> list[Piece]:
    """The whole text in pieces, every place marked that is one of the terms."""
    low, pieces, at = text.lower(), list[Piece](), 0
    lows = [term.lower() for term in asked if term]
    # Lower case may be longer than what it is of: such a text is shown without marks.
    while lows and len(low) == len(text):
        places = [(place, -len(term)) for term in lows if (place := low.find(term, at)) >= 0]
        if not places:
            break
        place, length = min(places)
        pieces += [Piece(text[at:place], False)] if place > at else []
        at = place - length
        pieces.append(Piece(text[place:at], True))
    return [*pieces, Piece(text[at:], False)] if at < len(text) else pieces
