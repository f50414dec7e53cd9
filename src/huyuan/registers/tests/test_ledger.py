"""Ledgers: who sees what, filters, pages, and the Excel file equal to the page to the cell."""

from datetime import UTC, date, datetime, time, timedelta
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from python_calamine import CalamineWorkbook

from huyuan.kernel.days import zh_date
from huyuan.kernel.errors import Refused
from huyuan.kernel.fields import safe_text
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import SmallCounty
from huyuan.registers import queries, sheets
from huyuan.registers.models import Entry, Form
from huyuan.registers.queries import Filters
from huyuan.registers.schema import FormSpec
from huyuan.registers.tests.library import CHECK, NOW, PERSONAL, install

SPEC = FormSpec.model_validate(CHECK)
FORMULA = '=HYPERLINK("http://x","点我")'
SCRIPT = "<script>alert(1)</script>"


def write(county: SmallCounty, form: Form, org: str, *bodies: dict[str, Any]) -> list[Entry]:
    """Submitted entries as rows, an hour apart, oldest first."""
    person = county.people["safety"]
    entries = [
        Entry(
            county_id=person.county_id,
            form=form,
            org=county.orgs[org],
            state="submitted",
            number=f"{org}-{index:04d}",
            client_id=uuid4(),
            body={"day": "2026-10-13", "scope": ["whole-school"], **body},
            occurred_at=NOW - timedelta(days=1) + timedelta(hours=index),
            created_at=NOW,
            submitted_at=NOW,
            filler=person,
            filler_name=person.name,
        )
        for index, body in enumerate(bodies)
    ]
    with acting(county.system):
        Entry.objects.bulk_create(entries)
    return entries


@pytest.fixture
def form(db: None) -> Form:
    return install(CHECK)


def seen(county: SmallCounty, who: str, key: str = "check", **filters: Any) -> list[str]:
    with acting(county.actors[who]):
        spec = queries.spec_of(queries.current_form(key))
        return [entry.number for entry in queries.ledger(county.actors[who], spec, Filters(**filters))]


@pytest.mark.parametrize(
    ("who", "numbers"),
    [
        ("safety", ["central-0000"]),  # own
        ("guard", ["other-0000"]),
        ("officer", ["other-0000", "central-0000"]),  # below
        ("police", ["central-0000"]),  # linked to the central school alone
        ("town-officer", ["central-0000"]),  # its town
        ("teacher", []),  # the teaching point has none
        ("villager", []),
    ],
)
def test_who_sees_which_entries(county: SmallCounty, form: Form, who: str, numbers: list[str]) -> None:
    write(county, form, "central", {})
    write(county, form, "other", {})
    assert sorted(seen(county, who)) == sorted(numbers)
    with acting(county.actors[who]):
        assert [one["count"] for one in queries.ledgers(county.actors[who])] == (
            [len(numbers)] if numbers else []
        )


@pytest.mark.parametrize(
    ("who", "sees"),
    [("safety", True), ("head", True), ("officer", False), ("police", False), ("guard", False)],
)
def test_personal_forms_are_seen_by_the_own_organisation_alone(
    county: SmallCounty, who: str, sees: bool
) -> None:
    (entry,) = write(county, install(PERSONAL), "central", {})
    assert bool(seen(county, who, "care")) is sees
    with acting(county.actors[who]):
        assert bool(queries.ledgers(county.actors[who])) is sees
        if sees:
            assert queries.entry_seen(county.actors[who], entry.id)[0] == entry
        else:
            with pytest.raises(Refused, match="not-found"):
                queries.entry_seen(county.actors[who], entry.id)


def test_with_the_first_lock_out_a_foreign_entry_is_still_unseen(county: SmallCounty, form: Form) -> None:
    (entry,) = write(county, form, "central", {})
    with acting(county.actors["guard"]):
        assert not Entry.objects.filter(id=entry.id).exists()
        assert Entry.objects.filter(id=entry.id).update(state="void") == 0
    assert not Entry.objects.exists()  # no actor: nothing


@pytest.mark.parametrize(
    ("filters", "numbers"),
    [
        ({}, ["central-0002", "central-0001", "central-0000"]),
        ({"text": "配电"}, ["central-0001"]),
        ({"text": "CENTRAL-0002"}, ["central-0002"]),
        ({"first": date(2026, 10, 14)}, []),
        ({"last": date(2026, 10, 12)}, []),
        (
            {"first": date(2026, 10, 13), "last": date(2026, 10, 13)},
            ["central-0002", "central-0001", "central-0000"],
        ),
        ({"state": "void"}, []),
        ({"text": "100%"}, []),
    ],
)
def test_filters(county: SmallCounty, form: Form, filters: dict[str, Any], numbers: list[str]) -> None:
    write(county, form, "central", {}, {"note": "配电箱门开着"}, {})
    assert seen(county, "safety", **filters) == numbers


def test_pages_hold_every_entry_once_also_when_they_happened_at_the_same_instant(
    county: SmallCounty, form: Form, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = write(county, form, "central", *({} for _ in range(7)))
    with acting(county.system):
        Entry.objects.update(occurred_at=NOW)
    monkeypatch.setattr("huyuan.registers.queries.entries.PAGE", 3)
    found: list[str] = []
    after, pages = "", 0
    with acting(county.actors["safety"]):
        while pages == 0 or after:
            page, after = queries.page_of(queries.ledger(county.actors["safety"], SPEC, Filters()), after)
            found += [entry.number for entry in page]
            pages += 1
    assert pages == 3
    assert sorted(found) == sorted(entry.number for entry in entries)


def test_a_broken_page_key_is_said(county: SmallCounty, form: Form) -> None:
    with acting(county.actors["safety"]), pytest.raises(Refused, match="unknown-page"):
        queries.page_of(queries.ledger(county.actors["safety"], SPEC, Filters()), "x~y")


def shown(value: object) -> str:
    """What a worksheet shows of a cell with the format that it was written with."""
    match value:
        case datetime():
            return f"{zh_date(value.date())} {value:%H:%M}"
        case date():
            return zh_date(value)
        case time():
            return f"{value:%H:%M}"
        case float():
            return f"{value:g}" if value.is_integer() else f"{value:.1f}"
    return str(value)


def test_the_excel_file_equals_the_ledger_to_the_cell(county: SmallCounty, form: Form) -> None:
    write(
        county,
        form,
        "central",
        {"people": 12, "hours": 1.5, "note": SCRIPT, "found": True},
        {"note": FORMULA, "found": False},
        {"note": "@SUM(A1)", "hazards": [{"what": "-1+1", "severity": "major"}, {"what": "漏水"}]},
        {"photo": ["a", "b"], "people": 0},
    )
    actor = county.actors["safety"]
    out = BytesIO()
    with acting(actor):
        found = queries.ledger(actor, SPEC, Filters())
        rows = list(sheets.rows(queries.spec_of(form), found))
        count = sheets.write_excel(
            out, queries.spec_of(form), found, heading="central单位", printed_by=actor.name, now=NOW
        )
    table = CalamineWorkbook.from_filelike(BytesIO(out.getvalue())).get_sheet_by_index(0).to_python()
    assert count == len(rows) == 4
    assert table[0][0] == "隐患排查台账"
    assert actor.name in str(table[1][0]) and "2026年10月14日 10:00" in str(table[1][0])
    assert table[2] == sheets.headings(queries.spec_of(form))
    assert len(table) == 3 + len(rows)
    for line, row in zip(table[3:], rows, strict=True):
        assert [shown(value) for value in line] == [safe_text(text) for text in row.texts]


def test_no_cell_of_the_excel_file_is_a_formula(county: SmallCounty, form: Form) -> None:
    write(county, form, "central", *({"note": start + "1+1"} for start in "=+-@＝"))
    actor = county.actors["safety"]
    out = BytesIO()
    with acting(actor):
        found = queries.ledger(actor, SPEC, Filters())
        sheets.write_excel(out, queries.spec_of(form), found, heading="=1", printed_by="@x", now=NOW)
    book = CalamineWorkbook.from_filelike(BytesIO(out.getvalue())).get_sheet_by_index(0)
    cells = [str(value) for line in book.to_python() for value in line]
    assert sum(cell.endswith("1+1") for cell in cells) == 5
    assert not [cell for cell in cells if cell.startswith(tuple("=+-@＝"))]


def test_an_identical_copy_is_seen_to_be_one(county: SmallCounty, form: Form) -> None:
    first, second = write(county, form, "central", {}, {})
    with acting(county.system):
        Entry.objects.update(content_digest="c" * 64)
        Entry.objects.filter(id=first.id).update(submitted_at=NOW - timedelta(days=7))
    with acting(county.actors["safety"]):
        assert queries.entry_detail(county.actors["safety"], second.id).copy_of == (
            first.id,
            first.number,
            first.occurred_at,
        )
        assert queries.entry_detail(county.actors["safety"], first.id).copy_of is None


@pytest.mark.parametrize("entries", [2, 40])
def test_a_ledger_page_takes_the_same_queries_for_any_number_of_entries(
    county: SmallCounty, form: Form, entries: int
) -> None:
    write(county, form, "central", *({"partner": [str(county.orgs["station"].id)]} for _ in range(entries)))
    actor = county.actors["safety"]
    with acting(actor), CaptureQueriesContext(connection) as caught:
        page, _ = queries.page_of(queries.ledger(actor, SPEC, Filters()))
        rows = list(sheets.rows(queries.spec_of(form), page))
    assert len(rows) == entries
    assert "station单位" in rows[0].texts
    assert len(caught) == 3  # the entries, the names behind ids, which are copies and which 代录


def test_copies_are_marked_in_the_ledger_and_corrections_are_not(county: SmallCounty, form: Form) -> None:
    first, copy, other, void, correction, elsewhere = (
        *write(county, form, "central", *[{}] * 5),
        *write(county, form, "other", {}),
    )
    with acting(county.system):
        for number, entry in enumerate((first, copy, other, void, correction, elsewhere)):
            entry.content_digest = "b" * 64 if entry in (other, void, correction) else "a" * 64
            entry.submitted_at = NOW + timedelta(minutes=number)
        other.content_digest = "c" * 64
        void.state, void.voided_at, void.void_reason = "void", NOW, "更正"
        correction.corrects = void
        Entry.objects.bulk_update(
            [first, copy, other, void, correction, elsewhere],
            ["content_digest", "submitted_at", "state", "voided_at", "void_reason", "corrects"],
        )
        assert {
            key
            for key, marks in queries.marks_of([first, copy, other, void, correction, elsewhere]).items()
            if marks.copied
        } == {copy.id}
        (row,) = sheets.rows(SPEC, Entry.objects.filter(id=copy.id).select_related("org", "form"))
    assert row.texts[-2] == row.cells[-2] == "已提交（内容与以前相同）"


def test_an_instant_is_shown_in_shanghai() -> None:
    assert sheets.moment_text(datetime(2026, 10, 13, 16, 5, tzinfo=UTC)) == "2026年10月14日 00:05"
