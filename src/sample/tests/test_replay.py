"""A campaign entered through the actions gives the figures that its report tells, all from the records."""

import json
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command

from huyuan.kernel.days import at
from huyuan.kernel.errors import Refused
from huyuan.orgs.actor import actor_for, system_actor
from huyuan.orgs.models import Account
from huyuan.orgs.session import acting
from huyuan.registers import actions as registers
from huyuan.registers.models import Entry
from sample.replay import CODE, FULL, LAST, Size, replay

SMALL = Size(3, {"food": 2, "culture": 1, "public-order": 1, "traffic": 3}, 7, 40)
LATER = at(LAST, "20:00")


def figures(until: str = "2019-07-30") -> dict[str, Any]:
    """What `./huyuan report campaign --json` prints."""
    out = StringIO()
    call_command("report", "campaign", "--json", "--until", until, stdout=out)
    said: dict[str, Any] = json.loads(out.getvalue())
    return said


def an_entry(form: str) -> Entry:
    with acting(system_actor("测试", CODE)):
        return Entry.objects.filter(form__key=form, state="submitted").order_by("occurred_at", "id")[0]


def void(entry: Entry) -> None:
    with acting(system_actor("测试", CODE)):
        actor = actor_for(Account.objects.get(person_id=entry.filler_id), LAST)
    with acting(actor):
        registers.void(actor=actor, entry_id=entry.id, reason="登记错了", now=LATER)


def correct(entry: Entry, people: str) -> Entry:
    """Whoever recorded the check says that so many people were on it."""
    told = {
        "date": "2019-04-08", "school": entry.body["school"], "kind": "concentrated", "mode": "open",
        "people": people, "topics": "perimeter", "found": "no", "outcome": "ordinary", "feedback": "yes",
    }  # fmt: skip
    with acting(system_actor("测试", CODE)):
        actor = actor_for(Account.objects.get(person_id=entry.filler_id), LAST)
    with acting(actor):
        return registers.correct(
            actor=actor, entry_id=entry.id, client_id=uuid4(), reason="人数写错了", now=LATER,
            answers={name: [said] for name, said in told.items()},
        )  # fmt: skip


def without_agencies(said: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in said.items() if key != "agencies"}


def test_a_small_campaign_counts_what_was_entered(db: None) -> None:
    list(replay(SMALL))
    said = figures()
    assert said["schools"] == 3
    assert said["hazards"] == {
        "found": 7, "closed": 7, "rate": 100,
        "by_category": {
            "food": {"found": 2, "closed": 2, "rate": 100},
            "culture": {"found": 1, "closed": 1, "rate": 100},
            "public-order": {"found": 1, "closed": 1, "rate": 100},
            "traffic": {"found": 3, "closed": 3, "rate": 100},
        },
    }  # fmt: skip
    assert (said["checks"]["times"], said["checks"]["people"]) == (7, 40)
    assert sum(one["checks"]["times"] for one in said["agencies"]) == 7
    assert sum(one["fixed"] for one in said["agencies"]) == 7

    # Earlier days know only what had happened.
    assert figures("2019-04-27")["hazards"] == {"found": 0, "closed": 0, "rate": None, "by_category": {}}
    may = figures("2019-05-31")["hazards"]
    assert (may["found"], may["closed"], may["rate"]) == (7, 1, 14)  # cut, not rounded

    # A corrected check stands for the first one; voided, it is gone.
    wrong = an_entry("inspection")
    right = correct(wrong, str(wrong.body["people"] + 4))
    assert (figures()["checks"]["times"], figures()["checks"]["people"]) == (7, 44)
    void(right)
    assert (figures()["checks"]["times"], figures()["checks"]["people"]) == (6, 44 - right.body["people"])

    # A voided survey takes its school along, a voided list its hazards.
    void(an_entry("perimeter-survey"))
    assert figures()["schools"] == 2
    void(an_entry("rectification-list"))
    said = figures()["hazards"]
    assert (said["found"], said["closed"]) == (5, 5) and "food" not in said["by_category"]

    with pytest.raises(Refused) as refused:
        list(replay(SMALL))
    assert refused.value.code == "already-replayed"


@pytest.mark.slow
def test_the_campaign_of_the_report(db: None) -> None:
    list(replay(FULL))
    said = figures()
    assert said["schools"] == 61  # S2-P2-004
    found = said["hazards"]
    assert found["found"] == 136  # S2-P2-005
    categories = {key: one["found"] for key, one in found["by_category"].items()}
    assert categories == {"food": 48, "culture": 2, "public-order": 23, "traffic": 63}  # S2-P2-006
    assert (said["checks"]["times"], said["checks"]["people"]) == (656, 3739)  # S2-P2-013
    assert (found["closed"], found["rate"]) == (136, 100)  # S2-P2-014

    gone = an_entry("inspection")
    month = f"{gone.occurred_at:%Y-%m}"
    void(gone)
    after = figures()
    expected = without_agencies(said)
    for counted in (expected["checks"], expected["checks"]["by_month"][month]):
        counted["times"] -= 1
        counted["people"] -= gone.body["people"]
    assert without_agencies(after) == expected
