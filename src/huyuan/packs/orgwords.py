"""Words about organisations that packs define: kinds of organisation, kinds of post, facts that rules may
ask."""

from huyuan.packs.format import Key, Strict, Zh


class OrgKindSpec(Strict):
    """A kind of organisation: school, education-bureau, police-station."""

    key: Key
    zh: Zh
    note: Zh | None = None


class PostSpec(Strict):
    """A kind of post; `org`: kinds of organisation that have it (none: any)."""

    key: Key
    zh: Zh
    org: tuple[Key, ...] = ()
    note: Zh | None = None


class FactSpec(Strict):
    """A dated attribute of an organisation, or a named predicate in code: what `who`, `if` and scenarios may
    ask.

    `values`: the closed list of its values (none: it holds or not).
    """

    key: Key
    zh: Zh
    values: dict[Key, Zh] = {}
    note: Zh | None = None
