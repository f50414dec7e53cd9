"""The manifest of a pack (`pack.yaml`). The other files' schemas live with the packages that own them."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(?:[-.][a-z0-9]+)*$", max_length=80)]
Zh = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class Strict(BaseModel):
    """Base of every schema of the pack format: unknown keys are errors, values never change after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Effective(Strict):
    """Days on which the directive itself is in force; `until` is the last day, absent = open.

    `until_event`: what the text says instead of a day (“进博会结束之前”); whoever adopts it says which day
    that is.
    """

    from_: Annotated[date | None, Field(alias="from")] = None
    until: date | None = None
    until_event: Zh | None = None


class Source(Strict):
    """Where the text came from: a title or file name and the sha256 of the text as read."""

    title: Zh
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = None
    document: Annotated[str, StringConstraints(pattern=r"^S[0-3]-P[1-9]$")] | None = None


class Manifest(Strict):
    """`pack.yaml`. `nature`: vocabulary (packs/base), directive (binds when adopted), campaign (with an end),
    report (facts, and practice that an organisation may take upon itself, never a duty on others), norm
    (national norms)."""

    key: Key
    version: Annotated[str, StringConstraints(pattern=r"^\d{4}\.\d{1,3}$")]
    title: Zh
    short: Zh
    nature: Literal["vocabulary", "directive", "campaign", "report", "norm"]
    issuer: Zh | None = None
    region: Zh | None = None
    published: date | None = None
    effective: Effective = Effective()
    source: Source | None = None
    depends_on: tuple[Key, ...] = ()
    review_on: date | None = None
    cut: Literal["next-period", "now"] = "next-period"
    note: Zh | None = None
