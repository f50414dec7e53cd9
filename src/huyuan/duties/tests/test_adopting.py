"""What may be adopted, by whom, and till when."""

from datetime import date
from typing import Any

import pytest

from huyuan.duties import queries
from huyuan.duties.actions import adopt
from huyuan.duties.models import Adoption
from huyuan.duties.tests.adopted import START, World, shanghai, version
from huyuan.duties.tests.judging import weekly
from huyuan.kernel.errors import Refused
from huyuan.orgs.session import acting
from huyuan.packs.models import Pack, PackVersion

NOW = shanghai("2026-10-16T09:00")


def made(key: str, nature: str, **more: Any) -> PackVersion:
    """A pack of one weekly rule for schools."""
    row = version(Pack.objects.create(key=key), "2026.1", (weekly(),), START)
    for name, value in {"nature": nature, **more}.items():
        setattr(row, name, value)
    row.save()
    return row


def take_up(world: World, org: str, pack: str, **more: Any) -> Adoption:
    return adopt(
        actor=world.county.system,
        org_id=world.county.orgs[org].id,
        pack_key=pack,
        go_live=date(2026, 9, 1),
        decided_by="校务会",
        now=START,
        **more,
    )


def bound(world: World, pack: str, org: str) -> int:
    """How many cells of the pack's rules an organisation has in a week."""
    with acting(world.county.system):
        found = queries.cells(
            world.county.system,
            org_ids=[world.county.orgs[org].id],
            first=date(2026, 10, 12),
            last=date(2026, 10, 18),
            now=NOW,
        )
        return sum(shown.cell.binding.pack == pack for shown in found)


def test_a_report_binds_whoever_takes_it_upon_itself_and_nobody_else(world: World) -> None:
    made("a-report", "report")
    take_up(world, "central", "a-report")
    assert bound(world, "a-report", "central") == 1
    assert bound(world, "a-report", "other") == 0


def test_a_report_is_never_laid_on_others(world: World) -> None:
    made("a-report", "report")
    with pytest.raises(Refused, match="不能要求别的单位照办"):
        take_up(world, "central", "a-report", only=[world.county.orgs["other"].id])
    with pytest.raises(Refused, match="没有本单位可以采用的做法"):
        take_up(world, "bureau", "a-report")
    with acting(world.county.system):
        assert not Adoption.objects.filter(pack_key="a-report").exists()


def test_vocabulary_is_not_adopted(world: World) -> None:
    made("words", "vocabulary")
    with pytest.raises(Refused, match="只供查阅"):
        take_up(world, "bureau", "words")


def test_a_campaign_that_ends_with_an_event_needs_its_last_day(world: World) -> None:
    made("campaign", "campaign", manifest={"effective": {"until_event": "博览会结束之前"}})
    with pytest.raises(Refused, match="博览会结束之前"):
        take_up(world, "bureau", "campaign")
    assert take_up(world, "bureau", "campaign", until=date(2026, 11, 9)).until == date(2026, 11, 9)
    assert bound(world, "campaign", "other") == 1
