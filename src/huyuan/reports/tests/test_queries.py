"""Figures by town, rule and month; what needs attention; the task that keeps them ready."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from huyuan.duties.actions import close_due, waive
from huyuan.duties.models import Change, Rule, Tallied
from huyuan.duties.tests.adopted import World, build, check, shanghai
from huyuan.orgs.models import TermRow
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY
from huyuan.reports import queries
from huyuan.reports.tasks import refresh_county

NOW = shanghai("2026-10-14T10:00")
MONTH = "2026-10"


@pytest.fixture
def world(db: None) -> World:
    return build()


def shares(world: World, person: str, **more: str) -> dict[str, dict[str, str]]:
    """Row → column → share, as one person sees it."""
    actor = world.county.actors[person]
    with acting(actor):
        board = queries.towns(actor, MONTH, NOW, **more)
        names = {line.key: line.name for line in (*board.rows, *board.columns)}
        return {
            names[row]: {names[column]: figure.share.text for column, figure in figures.items()}
            for row, figures in board.figures.items()
        }


def test_towns_by_theme_and_by_rule(world: World) -> None:
    with acting(world.county.system):
        world.record("central", check("2026-10-07T09:00"), at=shanghai("2026-10-07T10:00"))
    # Nine nights were over, none manned; of two weeks one was done: 1 of 11.
    assert shares(world, "officer") == {"east": {"test": "9%"}, "west": {"test": "0%"}}
    by_rule = shares(world, "officer", theme="test")["east"]
    assert (by_rule["rule"], by_rule["guards"], by_rule["gate"]) == ("50%", "—", "0%")
    assert shares(world, "town-officer").keys() == {"east"}
    assert shares(world, "guard") == {}


def test_shares_are_cut_and_the_other_counts_stand_beside(world: World) -> None:
    actor = world.county.actors["officer"]
    waive(
        actor=actor, adoption_id=world.adoption.id, org_id=world.county.orgs["other"].id, rule_key="gate",
        from_day=date(2026, 10, 1), until=date(2026, 10, 31), reason="维修", now=shanghai("2026-10-01T08:00"),
    )  # fmt: skip
    with acting(actor):
        gate = Rule.objects.get(key="gate")
        found = queries.rule_by_organisation(actor, gate, MONTH, NOW)
    keys = {org.id: key for key, org in world.county.orgs.items()}
    counts = {keys[org_id]: dict(figure.verdicts) for org_id, figure in found.by_key.items()}
    assert counts["central"] == {"missed": 9, "owed": 13, "not_applicable": 9}
    assert counts["other"] == {"waived": 22, "not_applicable": 9}
    assert found.by_key[world.county.orgs["other"].id].share.text == "—", "excused is not done"


def test_attention_is_by_matter_and_overdue_comes_first(world: World) -> None:
    actor = world.county.actors["officer"]
    with acting(actor):
        queries.towns(actor, MONTH, NOW)
        found = [(one.title, one.verdict, one.organisations) for one in queries.attention(actor, MONTH)]
    assert [one for one in found if one[0] in ("guards", "rule")] == [
        ("guards", "overdue", 2),
        ("rule", "overdue", 2),
    ]
    assert [verdict for _, verdict, _ in found] == sorted(
        (one[1] for one in found), key=queries.ATTENTION.index
    )


def test_a_planned_rule_has_no_figures(world: World) -> None:
    Rule.objects.filter(key="gate").update(planned="risk-ledger")
    assert "gate" not in shares(world, "officer", theme="test")["east"]


def test_the_months_of_the_term_up_to_today(world: World) -> None:
    with acting(world.county.system):
        assert queries.months_kept(COUNTY, date(2026, 11, 2)) == ["2026-09", "2026-10", "2026-11"]
        assert queries.months_kept(COUNTY, date(2026, 8, 2)) == ["2026-08"]
        TermRow.objects.all().delete()
        assert queries.months_kept(COUNTY, date(2026, 11, 2)) == ["2026-11"]


@pytest.mark.django_db(transaction=True)
def test_the_task_leaves_nothing_to_do(world: World) -> None:
    assert refresh_county(COUNTY, NOW) == 2 * len(world.county.orgs)
    assert refresh_county(COUNTY, NOW) == 0
    with acting(world.county.system):
        made: set[tuple[UUID, str]] = set(Tallied.objects.values_list("org_id", "month"))
        assert made == {(org.id, month) for org in world.county.orgs.values() for month in ("2026-09", MONTH)}
        assert not Change.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_changes_are_forgotten_though_a_month_of_the_last_term_was_asked_for(world: World) -> None:
    with acting(world.county.system):
        TermRow.objects.create(
            county_id=COUNTY, year="2026-2027", semester=2, first=date(2027, 2, 22), last=date(2027, 7, 2)
        )
    refresh_county(COUNTY, NOW)
    spring = shanghai("2027-03-10T10:00")
    close_due(COUNTY, spring)
    with acting(world.county.system):
        for day in ("2026-10-07T09:00", "2027-03-09T09:00"):
            world.record("central", check(day), at=spring)
    close_due(COUNTY, spring + timedelta(hours=1))
    assert refresh_county(COUNTY, spring + timedelta(hours=1)) > 0
    with acting(world.county.system):
        assert not Change.objects.exists()
    with acting(world.county.actors["officer"]) as actor:
        rule_row = Rule.objects.get(key="rule")
        october = queries.rule_by_organisation(actor, rule_row, MONTH, spring).by_key
        figure = october[world.county.orgs["central"].id]
    assert (figure.share.text, figure.corrected and figure.corrected.text) == ("0%", "25%")


@pytest.mark.django_db(transaction=True)
def test_changes_are_kept_until_the_closing_has_seen_them(world: World) -> None:
    close_due(COUNTY, NOW)
    refresh_county(COUNTY, NOW)
    with acting(world.county.system):
        world.record("central", check("2026-09-16T09:00"), at=NOW)
    refresh_county(COUNTY, NOW)
    with acting(world.county.system):
        assert Change.objects.exists()
    assert close_due(COUNTY, NOW + timedelta(hours=1)).corrections == 1
    refresh_county(COUNTY, NOW + timedelta(hours=1))
    with acting(world.county.system):
        assert not Change.objects.exists()
