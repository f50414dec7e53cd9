"""The catalogue (`packs/catalogue/`): what the source documents ask for, sentence by sentence, with stable
ids.

Directive packs claim these ids; coverage counts them. The quotes are verbatim but for 〔职务〕 in place of
names.
"""

from typing import Annotated, Literal

from pydantic import Field

from huyuan.packs.format import Key, Strict, Zh

#: an obligation of one of these kinds, or with a threshold, asks for something that can be shown: never mere
#: guidance
DEMANDING = frozenset(
    {"register", "deadline", "staffing", "device", "report", "notification", "prohibition", "body"}
)


class Obligation(Strict):
    """One sentence of a source document that asks for something (or states a figure).

    `section`: the headings it stands under; `capability`: the part of the program that it concerns.
    """

    key: Annotated[str, Field(alias="id", pattern=r"^S[0-3]-P[1-9]-\d{3}$")]
    document: Zh
    section: Zh | None = None
    quote: Zh
    kind: Literal[
        "duty",
        "staffing",
        "cadence",
        "deadline",
        "register",
        "workflow",
        "report",
        "statistic",
        "role",
        "body",
        "plan",
        "prohibition",
        "notification",
        "device",
        "assessment",
        "education",
        "right",
    ]
    cadence: Zh | None = None
    threshold: dict[str, str | int | float | bool | tuple[str | int, ...] | None] | None = None
    capability: Key

    @property
    def source(self) -> str:
        """The document's own number, S3-P1 of S3-P1-023."""
        return self.key[:5]

    @property
    def demanding(self) -> bool:
        """May not be claimed as guidance."""
        return self.threshold is not None or self.kind in DEMANDING


class Capability(Strict):
    """A group of obligations that one part of the program serves; what `planned` waits for."""

    key: Key
    zh: Zh
    definition: Zh
