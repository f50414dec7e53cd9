"""What comes at the wrong moment, twice, from a place that is no more, over a make-up workday."""

import threading
from datetime import date, timedelta
from uuid import UUID

import pytest
from django.db import connections

from huyuan.cases import actions
from huyuan.cases.models import Case, Part, Step
from huyuan.cases.tests.conftest import Town
from huyuan.kernel.days import end_of
from huyuan.kernel.errors import Refused
from huyuan.kernel.ids import uuid7
from huyuan.orgs.models import CalendarDay, HolidayYear, Organisation
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY, DAY, NOW


def test_a_deadline_in_working_days_counts_make_up_days_and_skips_holidays(town: Town) -> None:
    with acting(town.county.system):
        HolidayYear.objects.create(county_id=COUNTY, year=2026, source="国办")
        for day, kind in ((date(2026, 10, 15), "holiday"), (date(2026, 10, 17), "makeup")):
            CalendarDay.objects.create(county_id=COUNTY, day=day, kind=kind, name="测试")
    case = town.report()
    town.do("safety", "take", case, working_days=2)
    # Wednesday the 14th; the 15th is a holiday, the 16th a working day, Saturday the 17th a make-up day.
    assert town.now(case).due_at == end_of(date(2026, 10, 17))


def test_an_agency_that_was_merged_away_gets_nothing_and_says_what_it_became(town: Town) -> None:
    case = town.report()
    with acting(town.county.system):
        Organisation.objects.filter(key="housing").update(
            closed=DAY - timedelta(days=1), merged_into=town.org("urban")
        )
    with pytest.raises(Refused) as refused:
        town.do("officer", "assign", case, lead=town.org("housing"), due=date(2026, 10, 28))
    assert refused.value.code == "closed-organisation" and "已并入urban单位，请改选" in refused.value.message
    assert town.now(case).state == "found"


def test_a_part_of_an_agency_that_was_merged_away_can_be_taken_back_and_given_to_another(town: Town) -> None:
    case = town.report()
    town.do("officer", "assign", case, lead=town.org("housing"), due=date(2026, 10, 28))
    with acting(town.county.system):
        Organisation.objects.filter(key="housing").update(closed=DAY, merged_into=town.org("urban"))
    town.do("officer", "withdraw", case, part_id=town.part(case, "housing"), reason="单位合并")
    town.do("officer", "assign", case, lead=town.org("urban"))
    now = town.now(case)
    assert (now.state, now.due_at) == ("working", end_of(date(2026, 10, 28)))


def test_nobody_gets_a_second_part_while_the_first_is_open(town: Town) -> None:
    case = town.report()
    town.do("officer", "assign", case, lead=town.org("housing"), due=date(2026, 10, 28))
    with pytest.raises(Refused) as refused:
        town.do("officer", "assign", case, lead=town.org("housing"))
    assert refused.value.code == "already-assigned"
    with acting(town.county.system):
        assert Part.objects.filter(case=case).count() == 1


@pytest.mark.parametrize(
    ("verb", "given"),
    [
        ("return_", {"reason": "  "}),
        ("fix", {"what": ""}),
    ],
)
def test_an_empty_reason_is_asked_for(town: Town, verb: str, given: dict[str, str]) -> None:
    case = town.report()
    town.do("officer", "assign", case, lead=town.org("housing"), due=date(2026, 10, 28))
    with pytest.raises(Refused) as refused:
        town.do("clerk", verb, case, part_id=town.part(case, "housing"), **given)
    assert refused.value.code == "missing-reason" and refused.value.message.startswith("请")
    with acting(town.county.system):
        assert Part.objects.get(case=case).state == "offered"


def test_after_closing_nothing_is_fixed_or_returned(town: Town) -> None:
    case = town.report()
    town.do("officer", "assign", case, lead=town.org("housing"), due=date(2026, 10, 28))
    part = town.part(case, "housing")
    town.do("clerk", "fix", case, part_id=part, what="已更换")
    town.do("head", "verify", case)
    for verb, given in (("fix", {"what": "又一次"}), ("return_", {"reason": "不归我们"}), ("accept", {})):
        with pytest.raises(Refused) as refused:
            town.do("clerk", verb, case, part_id=part, **given)
        assert refused.value.code == "closed-case"
    assert town.now(case).state == "closed"


@pytest.mark.django_db(transaction=True)
def test_two_people_at_once_accept_one_part_once_and_two_parts_both(town: Town) -> None:
    case = town.report()
    both = [town.org("housing"), town.org("urban")]
    town.do("officer", "assign", case, lead=both[0], support=both[1:], due=date(2026, 10, 28))
    tries = [("clerk", "housing"), ("clerk", "housing"), ("warden", "urban")]
    parts = [town.part(case, org) for _, org in tries]
    codes: list[str] = []
    gate = threading.Barrier(len(tries))

    def accept(who: str, part: UUID) -> None:
        gate.wait()
        try:
            actor = town.actor(who)
            with acting(actor):
                actions.accept(actor=actor, case_id=case.id, client_id=uuid7(), part_id=part, now=NOW)
            codes.append("accepted")
        except Refused as refused:
            codes.append(refused.code)
        finally:
            connections.close_all()

    threads = [
        threading.Thread(target=accept, args=(who, part)) for (who, _), part in zip(tries, parts, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == ["accepted", "accepted", "conflict-step"]
    with acting(town.county.system):
        assert set(Part.objects.filter(case=case).values_list("state", flat=True)) == {"accepted"}
        assert Step.objects.filter(case=case, verb="accept").count() == 2
        assert Case.objects.get(id=case.id).state == "working"
