"""What a pack says about premises round schools: their kinds (venues.yaml).

How far a kind must stay away from which schools is no table beside the rules but the rules themselves: `have`
the nearest one at least so many metres away, `do` check those within so many.
"""

from huyuan.packs.format import Key, Strict, Zh


class VenueKindSpec(Strict):
    """A kind of premises. `agencies`: the kinds of organisation that look after it, of which the first that a
    county has is offered; `survey`: what the act `perimeter-survey` calls this category; `licence`: what such
    a place must have."""

    key: Key
    zh: Zh
    agencies: tuple[Key, ...]
    survey: Key | None = None
    licence: Zh | None = None
    note: Zh | None = None
