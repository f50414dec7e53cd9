"""Every benchmark runs on a small county and prints each figure beside its floor. How fast is not tested."""

import argparse
import importlib
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from benchmarks import house
from django.utils import timezone

from huyuan.kernel.days import day_of
from sample.load import first_day

# The sample county after the first day of the term that today lies in.
UNTIL = str(first_day(day_of(timezone.now())) + timedelta(days=1))


@pytest.fixture(scope="module")
def opened() -> Iterator[house.House]:
    with house.opened(durable=False) as made:
        yield made


def tables(
    opened: house.House, name: str, *arguments: str
) -> tuple[dict[str, Any], list[list[dict[str, Any]]]]:
    """What it says about what was measured, and the rows of each of its tables, as read from its JSON."""
    module = importlib.import_module(f"benchmarks.{name}")
    parser = argparse.ArgumentParser()
    module.arguments(parser)
    report = module.run(opened, parser.parse_args(arguments))
    assert all(title in report.as_text() for title in report.tables)
    found = json.loads(report.as_json())
    return found["about"], list(found["tables"].values())


def test_verdicts_grow_with_the_schools(opened: house.House) -> None:
    about, (judged, closed, hours) = tables(
        opened, "verdicts", "--schools", "61,70", "--closing", "61,70", "--until", "2026-09-02"
    )
    small, large = judged
    assert small["proofs"] < large["proofs"] and small["cells"] < large["cells"]
    assert small["growth"] == 1 and large["growth"] > 0
    assert about["rules"] > 0 and len(about["packs"]) >= 2
    assert 0 < closed[0]["closed"] < closed[1]["closed"]
    for row in (*judged, *closed, *hours):
        assert row["ratio"] == pytest.approx(row["seconds"] / row["floor_s"])
        assert row["peak_mb"] > 20
    few, many = hours[: len(hours) // 2], hours[len(hours) // 2 :]
    nothing, one, *_, night = few
    assert nothing["verdicts"] == 0 == one["verdicts"] and night["verdicts"] > 0
    # What an hour asks of the database does not grow with the schools.
    assert [row["statements"] for row in few] == [row["statements"] for row in many]
    assert nothing["statements"] < one["statements"]


def test_a_save_is_compared_with_the_rows_that_it_wrote(opened: house.House) -> None:
    about, ((one, two),) = tables(
        opened, "proof", "--clients", "1,2", "--saves", "5", "--until", "2026-09-02"
    )
    assert about["rows"]["registers_entry"] == 1 and about["rows"]["duties_proof"] == 1
    assert about["statements"] > len(about["rows"])
    assert (one["saves"], two["saves"]) == (5, 10)
    for row in (one, two):
        assert row["ratio_p50"] == pytest.approx(row["p50_ms"] / row["floor_p50_ms"])
        assert row["p99_ms"] >= row["p50_ms"] and row["floor_p99_ms"] >= row["floor_p50_ms"]


def test_pages_ask_no_more_with_more_schools(opened: house.House) -> None:
    _, (small, large) = tables(opened, "pages", "--schools", "61,70", "--requests", "2", "--until", UNTIL)
    for few, many in zip(small, large, strict=True):
        assert few["status"] == many["status"] == 200, (few["page"], many["status"])
        # One more or less by what is shown, never one for each of the nine more schools.
        assert abs(many["statements"] - few["statements"]) <= 2, few["page"]
        assert few["statements"] > 0
        assert (few["html_kb"] > 1) == (few["page"] != "nothing")
        assert few["ratio"] == pytest.approx(few["cpu_ms"] / few["floor_cpu_ms"])


def test_a_pack_is_compared_with_its_rows(opened: house.House) -> None:
    about, ((row,),) = tables(opened, "packs", "--clauses", "10")
    assert about["rows"]["duties_clause"] == about["rows"]["duties_rule"] == row["clauses"] == 10
    assert row["floor_statements"] == len(about["rows"])
    assert row["ms"] > 0 and row["reading_and_checking_ms"] > 0
    assert row["ratio"] == pytest.approx(row["ms"] / row["floor_ms"])


def test_no_answer_to_a_notice_is_lost(opened: house.House) -> None:
    _, ((answered,), (collated,)) = tables(opened, "notice", "--schools", "40", "--until", "2026-09-02")
    assert answered["answers"] == collated["answers"] == 40
    assert answered["lost"] == collated["sums_differ"] == 0
    assert collated["ratio"] == pytest.approx(collated["seconds"] / collated["floor_s"])


def test_words_are_found_in_a_county_of_any_size(opened: house.House) -> None:
    about, (rows,) = tables(opened, "search", "--schools", "61", "--entries", "3000", "--times", "2")
    assert about["entries"] >= 3000
    hits = {(row["post"], row["written"]): row["hits"] for row in rows}
    assert hits["bureau-officer", "1 in 2"] == 20 and hits["safety-officer", "1 in 2"] > 0
    assert not any(found for (_, written), found in hits.items() if written == "nowhere")
    for row in rows:
        assert row["statements"] == rows[0]["statements"] <= 3
        assert row["ratio"] == pytest.approx(row["p50_ms"] / row["floor_ms"])
        assert row["without_index_ms"] > 0


def test_people_come_in_once(opened: house.House) -> None:
    _, ((new, again),) = tables(opened, "people", "--schools", "61", "--rows", "300")
    assert (new["new"], new["people"], again["new"], again["same"], again["people"]) == (
        300,
        300,
        0,
        300,
        300,
    )
    for row in (new, again):
        assert row["ratio"] == pytest.approx(row["bring_in_s"] / row["floor_s"])
        assert row["statements"] < 100


def test_a_table_is_compared_with_the_rows_that_it_made(opened: house.House) -> None:
    about, ((row,),) = tables(opened, "import_", "--rows", "40", "--until", "2026-09-02")
    assert about["rows"]["registers_entry"] == about["rows"]["duties_proof"] == row["entries"] == 40
    assert about["rows"]["trace_record"] == 41, "each entry, and the table as a whole"
    assert 0 < row["statements"] < 40
    assert row["looking_s"] > 0 and row["ratio"] == pytest.approx(row["writing_s"] / row["floor_s"])
