"""What a process keeps of a county is what the tables say, whoever changes them, however it ends."""

from datetime import date

import psycopg
import pytest
from django.db import ProgrammingError, connection, transaction

from huyuan.orgs import kept, session, vocabulary
from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Person, Revision, TermRow
from huyuan.orgs.queries import calendar_of
from huyuan.orgs.session import acting, arriving
from huyuan.orgs.tests.county import COUNTY, SmallCounty, build

LONGER = "UPDATE orgs_termrow SET last = last + 1"


@pytest.fixture
def term(county: SmallCounty) -> SmallCounty:
    """The county with a semester."""
    with acting(county.system):
        first, last = date(2026, 9, 1), date(2027, 1, 22)
        TermRow.objects.create(county_id=COUNTY, year="2026-2027", semester=1, first=first, last=last)
    return county


def last_day() -> date:
    return calendar_of(COUNTY).terms[0].last


def change(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def test_it_is_read_once_while_nothing_changes(term: SmallCounty) -> None:
    with acting(term.system):
        calendar = calendar_of(COUNTY)
        change("UPDATE orgs_place SET name = name || '*'")
        assert calendar_of(COUNTY) is calendar
    with acting(term.actors["guard"]):
        assert calendar_of(COUNTY) is calendar


def test_the_transaction_that_changes_it_sees_the_change(term: SmallCounty) -> None:
    with acting(term.system):
        before = last_day()
        change(LONGER)
        assert (last_day() - before).days == 1
        change(LONGER)
        assert (last_day() - before).days == 2


def test_what_is_rolled_back_was_never_so(term: SmallCounty) -> None:
    """Also not after another change that is made in its place."""
    with acting(term.system):
        before = last_day()
        for days in (7, 30):
            with transaction.atomic():
                change(f"UPDATE orgs_termrow SET last = last + {days}")
                assert (last_day() - before).days == days
                transaction.set_rollback(True)
            assert last_day() == before
        change(LONGER)
        assert (last_day() - before).days == 1


@pytest.mark.django_db(transaction=True)
def test_another_connection_changes_it(superuser_address: str) -> None:
    county = build()
    with acting(county.system):
        first, last = date(2026, 9, 1), date(2027, 1, 22)
        TermRow.objects.create(county_id=COUNTY, year="2026-2027", semester=1, first=first, last=last)
    with psycopg.connect(superuser_address) as other:
        with acting(county.system):
            before = last_day()
        other.execute(LONGER)
        with acting(county.system):
            assert last_day() == before, "not before it is committed"
        other.commit()
        with acting(county.system):
            assert (last_day() - before).days == 1
        other.execute(LONGER)
        other.rollback()
        with acting(county.system):
            assert (last_day() - before).days == 1


def test_each_county_has_its_own(term: SmallCounty) -> None:
    other = build(COUNTY + 1)
    with acting(term.system):
        calendar = calendar_of(COUNTY)
    with acting(other.system):
        assert calendar_of(COUNTY + 1).terms == ()
        TermRow.objects.create(
            county_id=COUNTY + 1, year="2026-2027", semester=1, first=date(2026, 9, 7), last=date(2027, 1, 8)
        )
        assert calendar_of(COUNTY + 1).terms[0].first == date(2026, 9, 7)
    with acting(term.system):
        assert calendar_of(COUNTY) is calendar


def test_only_a_few_counties_are_held(county: SmallCounty) -> None:
    for code in range(3 * kept.MOST):
        calendar_of(COUNTY + code)
    assert kept._values.cache_info().currsize <= kept.MOST


def test_what_is_kept_does_not_depend_on_who_asked(county: SmallCounty) -> None:
    """Whoever reads people by mistake reads none, so nobody gets what another one may see."""

    @kept.per_county
    def people(county_id: int) -> list[str]:
        return list(Person.objects.filter(county_id=county_id).values_list("name", flat=True))

    with acting(county.system):
        assert Person.objects.exists()
        assert people(COUNTY) == []
        assert Person.objects.exists(), "afterwards the asker sees what it saw before"


def test_the_library_is_read_again_after_an_installation(county: SmallCounty) -> None:
    @kept.per_library
    def names() -> list[str]:
        return list(vocabulary.names("post").values())

    with acting(county.system):
        vocabulary.install("post", [vocabulary.PostSpec(key="head", zh="校长")])
        assert names() == ["校长"]
        calendar = calendar_of(COUNTY)
        vocabulary.install("post", [vocabulary.PostSpec(key="head", zh="园长")])
        assert names() == ["园长"]
        assert calendar_of(COUNTY) is not calendar, "what a county keeps may rest on the words"


def test_who_only_reads_asks_once_and_is_held_to_it(term: SmallCounty) -> None:
    head = term.actors["head"]

    def who() -> tuple[Actor, session.Revision]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('huyuan.county', %s, true)", [str(COUNTY)])
            cursor.execute("SELECT set_config('huyuan.reading', 'on', true)")
        row = dict(Revision.objects.values_list("county_id", "number"))
        return head, (row[COUNTY], row.get(0))

    with arriving(who, reading=True):
        before = last_day()
        with pytest.raises(ProgrammingError, match="only reads"), transaction.atomic():
            change(LONGER)
        assert last_day() == before
    with acting(term.system):
        change(LONGER)
        assert (last_day() - before).days == 1
