"""Aid status is never public: what is recorded of aid are counts, seen by the own organisation alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from huyuan.kernel.fields import Field
from huyuan.registers.schema import FormSpec

FORMS = [
    FormSpec.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    for path in sorted((Path(__file__).parents[2] / "packs").glob("*/forms/*.yaml"))
]
AID = [form for form in FORMS if form.theme == "student-aid"]

NAMELESS = {"date", "number", "people_count", "choice", "choices", "yes_no"}
#: what is written in words: where the channel stands, which school year, what was asked about
WORDS = {"green-channel": {"place"}, "aid-figures": {"year"}, "aid-enquiry": {"questions"}}


def every_field(fields: tuple[Field, ...]) -> Iterator[Field]:
    for field in fields:
        yield field
        yield from every_field(field.fields)


def test_there_are_aid_forms() -> None:
    assert {"aid-brief", "aid-enquiry", "aid-figures", "green-channel"} <= {form.key for form in AID}


@pytest.mark.parametrize("form", AID, ids=lambda form: form.key)
def test_aid_is_counted_and_nobody_is_named(form: FormSpec) -> None:
    worded = {field.id for field in every_field(form.fields) if field.type not in NAMELESS}
    assert worded <= WORDS.get(form.key, set())
    assert not form.signed_by_partner and not form.by_school


@pytest.mark.parametrize("form", [form for form in AID if form.key != "aid-brief"], ids=lambda form: form.key)
def test_how_many_are_aided_stays_in_the_school(form: FormSpec) -> None:
    """The brief goes to every new pupil alike, so how many were sent says nothing of anybody."""
    assert form.personal
