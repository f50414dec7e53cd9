"""Schema of a kind of paper: a policy file to keep, a list to hand in, a letter to sign."""

from typing import Literal

from pydantic import model_validator

from huyuan.packs.format import Key, Strict, Zh


class Column(Strict):
    """A column of the Excel sheet. `field` is a field of the form, or of its header: number, at, org, place,
    filler."""

    title: Zh
    field: str


class Sheet(Strict):
    """One sheet: the entries of the period, narrowed to those whose `field` has one of `values`.

    `rows`: a group of the form; then every row of it is a row of the sheet and columns may name fields of the
    group.
    """

    title: Zh
    columns: tuple[Column, ...]
    rows: str | None = None
    field: str | None = None
    values: tuple[str, ...] = ()


class Collects(Strict):
    """The submission is built from the entries of a form in the period."""

    form: Key
    sheets: tuple[Sheet, ...]


class Realises(Strict):
    """The act that the paper proves once it is received (submission), signed (letter) or in force
    (policy)."""

    act: Key
    where: dict[Key, str | tuple[str, ...]] = {}


class PaperSpec(Strict):
    """A kind of paper. `nature`: policy (kept, with versions and a review date), submission (handed to
    another organisation for a period), letter (signed, valid for the school year unless it says otherwise).

    `review_months`: how long a policy stands before it must be looked at again; `required_by`: kinds of
    organisation that must hold it or hand it in; `to`: kinds of organisation that may receive it.
    """

    key: Key
    title: Zh
    nature: Literal["policy", "submission", "letter"]
    hint: Zh | None = None
    review_months: int | None = None
    required_by: tuple[Key, ...] = ()
    to: tuple[Key, ...] = ()
    realises: Realises | None = None
    collects: Collects | None = None

    @model_validator(mode="after")
    def fits_nature(self) -> "PaperSpec":
        if self.nature != "submission" and (self.collects or self.to):
            raise ValueError("只有 submission 能写 collects 和 to")
        if self.nature != "policy" and self.review_months is not None:
            raise ValueError("只有 policy 能写 review_months")
        return self
