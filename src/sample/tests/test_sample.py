"""The sample county is lifelike, the same on every machine, and what it recorded its own forms would take."""

import os
import pickle
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.db.models import Count, F

from huyuan.duties import queries as duties
from huyuan.duties.models import Proof, Verdict
from huyuan.kernel.days import day_of, start_of
from huyuan.kernel.fields import Field, faults, parse
from huyuan.orgs.actor import Actor, actor_for
from huyuan.orgs.models import (
    Account,
    Appointment,
    Attribute,
    Liaison,
    Organisation,
    Person,
    Post,
    Region,
    SchoolClass,
)
from huyuan.orgs.queries import calendar_of
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY
from huyuan.orgs.tests.county import build as build_small_county
from huyuan.registers.models import Entry, Form
from huyuan.registers.schema import FormSpec
from sample import load
from sample.county import CODE, DEMO_SCHOOL, SCHOOLS, TOWNS
from sample.doings import habit
from sample.tests.conftest import EVENING

pytestmark = pytest.mark.slow

STAGES = {"nursery", "primary", "junior", "nine-year", "senior", "complete", "vocational"}


def schools(**wanted: Any) -> list[Any]:
    """Rows of the literal table."""
    return [
        school for school in SCHOOLS if all(getattr(school, key) == value for key, value in wanted.items())
    ]


def test_the_county_is_whole(county: Actor) -> None:
    kinds = Counter(Organisation.objects.values_list("kind", flat=True))
    known = yaml.safe_load((settings.ROOT / "packs/base/orgkinds.yaml").read_text())
    assert kinds.keys() == {kind["key"] for kind in known} - {"government"}, "one of every kind, no vague one"
    staffed = set(Post.objects.values_list("org__kind", flat=True))
    assert kinds.keys() == staffed
    assert sum(kinds[kind] for kind in ("school", "kindergarten", "teaching-point", "campus")) == len(SCHOOLS)
    assert len(SCHOOLS) == 61
    assert kinds["village-committee"] == Region.objects.filter(kind="village").count() == 66
    assert kinds["police-station"] == kinds["town-government"] == len(TOWNS)
    assert kinds["county-government"] == kinds["education-bureau"] == kinds["police-bureau"] == 1
    assert Liaison.objects.values("school").distinct().count() == len(SCHOOLS) + 1, "and the college"
    names = list(Organisation.objects.values_list("name", flat=True))
    assert len(names) == len(set(names))


def test_its_schools_are_of_every_sort(county: Actor) -> None:
    [largest] = schools(pupils=6400)
    assert largest.boarders == 1300
    assert len([school for school in SCHOOLS if school.pupils < 500]) > 5
    assert schools(private=True) and [school for school in SCHOOLS if school.boarders]
    points = schools(kind="teaching-point")
    assert 3 in {school.staff for school in points}
    assert all(school.parent for school in points)
    assert {school.stage for school in SCHOOLS} == STAGES
    kept = Attribute.objects.filter(org__key="no1-high", key="students.boarding").values_list(
        "number", flat=True
    )
    assert list(kept) == [1300]
    forgotten = 61 - Attribute.objects.filter(key="students.enrolled").count()
    assert 0 < forgotten < 6, "some schools have not said how many pupils they have"
    assert {habit(school) for school in SCHOOLS} == {"steady", "late", "lazy", "careless"}


def test_its_classes_are_those_of_the_school_year(county: Actor) -> None:
    years = set(SchoolClass.objects.values_list("school_year", flat=True))
    assert years == {calendar_of(CODE).school_year_of(day_of(EVENING))}


def test_some_posts_are_acting_and_some_vacant(county: Actor) -> None:
    assert Appointment.objects.filter(acting=True).exists()
    filled = Appointment.objects.values("post")
    assert Post.objects.exclude(id__in=filled).filter(kind="vice-principal-safety").exists()
    # The three people of the teaching point: its head is the safety officer too.
    head = Appointment.objects.get(post__org__key="zhuao-point", post__kind="head").person_id
    assert (
        Appointment.objects.get(post__org__key="zhuao-point", post__kind="safety-officer").person_id == head
    )


def test_every_verdict_occurs(county: Actor) -> None:
    closed = dict(Verdict.objects.values_list("verdict").annotate(Count("id")))
    orgs = Organisation.objects.filter(key__in=[school.key for school in SCHOOLS[:20]])
    today = day_of(EVENING)
    shown = duties.cells(
        county,
        org_ids=list(orgs.values_list("id", flat=True)),
        first=today - timedelta(days=10),
        last=today,
        now=EVENING,
    )
    still_open = Counter(each.verdict for each in shown if not each.closed)
    assert closed.keys() >= {"met", "late", "missed", "waived", "not_applicable", "unknown"}
    assert still_open.keys() >= {"owed", "overdue", "met"}
    judged = closed["met"] + closed["late"] + closed["missed"]
    assert 0.6 < (closed["met"] + closed["late"]) / judged < 0.995, "neither a model county nor a lost one"


def raw_of(fields: Sequence[Field], body: Mapping[str, Any], prefix: str = "") -> dict[str, list[str]]:
    """A stored body as a browser would have posted it."""
    raw: dict[str, list[str]] = {}
    for field in fields:
        name, value = prefix + field.id, body.get(field.id)
        if value is None:
            continue
        if field.type == "group":
            for number, row in enumerate(value):
                raw |= raw_of(field.fields, row, f"{name}.{number}.")
        elif field.type == "location":
            raw |= {f"{name}.{key}": [str(part)] for key, part in value.items()}
        else:
            raw[name] = [str(part) for part in (value if isinstance(value, list) else [value])]
    return raw


def test_what_was_recorded_its_forms_would_take(county: Actor) -> None:
    specs = {form.id: FormSpec.model_validate(form.spec) for form in Form.objects.filter(current=True)}
    wrong: Counter[str] = Counter()
    used = set()
    for form_id, body in Entry.objects.values_list("form", "body").iterator():
        spec = specs[form_id]
        used.add(spec.key)
        read, errors = parse(spec.fields, raw_of(spec.fields, body))
        wrong.update(f"{spec.key}: {error}" for error in errors.values())
        wrong.update(
            f"{spec.key}: {key} ≠" for key in body.keys() | read.keys() if read.get(key) != body.get(key)
        )
    assert wrong == {}
    assert len(used) > 20
    assert [fault for spec in specs.values() for fault in faults(spec.fields)] == []


def test_numbers_run_without_gaps(county: Actor) -> None:
    numbers = Entry.objects.order_by("submitted_at").values_list("org", "form", "number")
    found: dict[tuple[Any, Any], set[int]] = {}
    for org, form, number in numbers.iterator():
        found.setdefault((org, form), set()).add(int(number.rpartition("-")[2]))
    assert len(found) > 500
    assert [key for key, some in found.items() if some != set(range(1, len(some) + 1))] == []


def test_nothing_happened_in_the_future_or_before_the_term(county: Actor) -> None:
    assert not Entry.objects.filter(occurred_at__gt=EVENING).exists()
    assert not Entry.objects.filter(submitted_at__gt=EVENING).exists()
    assert not Entry.objects.filter(submitted_at__lt=F("occurred_at")).exists()
    assert not Proof.objects.filter(recorded_at__lt=start_of(load.first_day(day_of(EVENING)))).exists()


def test_the_same_day_gives_the_same_doings(county: Actor) -> None:
    """Drawn from names of things, never from chance or the order of a set: two processes agree, and the
    database holds as many."""
    today = day_of(EVENING)
    given = (load.first_day(today), load.second_day(today), today, calendar_of(CODE), EVENING)
    script = (
        "import hashlib, pickle, sys; from sample.doings import doings;"
        "done = [repr(one) for one in doings(*pickle.load(sys.stdin.buffer))];"
        "print(len(done), hashlib.sha256('\\n'.join(done).encode()).hexdigest())"
    )
    said = [
        subprocess.run(
            [sys.executable, "-c", script],
            input=pickle.dumps(given),
            env={**os.environ, "PYTHONPATH": str(settings.ROOT / "src"), "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout.split()
        for seed in ("1", "2")
    ]
    assert said[0] == said[1]
    assert int(said[0][0]) == Entry.objects.count() > 1000


def test_nobody_there_is_one_of_two_of_a_name(county: Actor) -> None:
    people = Person.objects.filter(home__key=DEMO_SCHOOL)
    assert people.values("name").distinct().count() == people.count() > 8


def test_its_accounts_are_marked_and_reach_nothing_else(county: Actor) -> None:
    accounts = list(Account.objects.all())
    assert len(accounts) == len(load.ACCOUNTS) >= 12
    assert {(account.sample, account.county_id) for account in accounts} == {(True, CODE)}


def test_a_sample_account_sees_no_real_county(loaded: list[str], db: None) -> None:
    build_small_county()
    for account in Account.objects.filter(county_id=CODE):
        with acting(actor_for(account, day_of(EVENING))):
            assert not Organisation.objects.filter(county_id=COUNTY).exists()
            assert not Person.objects.filter(county_id=COUNTY).exists()
            assert Organisation.objects.exists()


@pytest.mark.parametrize(
    ("today", "first"),
    [
        (date(2026, 9, 1), date(2026, 9, 1)),
        (date(2026, 11, 18), date(2026, 9, 1)),
        (date(2027, 2, 23), date(2026, 9, 1)),
        (date(2027, 2, 24), date(2027, 2, 24)),
        (date(2027, 7, 31), date(2027, 2, 24)),
        (date(2027, 8, 31), date(2027, 2, 24)),
        (date(2027, 9, 1), date(2027, 9, 1)),
    ],
)
def test_the_term_it_lives_in(today: date, first: date) -> None:
    assert load.first_day(today) == first


def test_the_load_says_what_it_did(loaded: list[str], county: Actor) -> None:
    text = "\n".join(loaded)
    assert f"{Organisation.objects.count()} 个单位，{Person.objects.count()} 人" in text
    assert f"本学期登记 {Entry.objects.count()} 份" in text
