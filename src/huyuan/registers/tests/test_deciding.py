"""Confirming, sending back, voiding: who may, what it proves, and two people at once."""

from collections.abc import Callable
from datetime import date, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection

from huyuan.kernel.errors import Refused
from huyuan.orgs.actor import Actor, Holding
from huyuan.orgs.models import Appointment, Person, Post
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import DAY, SmallCounty, build
from huyuan.registers import actions, queries
from huyuan.registers.models import Entry, Numbering
from huyuan.registers.schema import FormSpec
from huyuan.registers.tests.library import CHECK, CONFIRMED, NOW, Remembering, answers, install, new_id
from huyuan.trace.models import Record

LATER = NOW + timedelta(hours=1)


def submit(county: SmallCounty, spec: dict[str, Any] = CONFIRMED, who: str = "safety") -> Entry:
    form = install(spec)
    actor = county.actors[who]
    with acting(actor):
        return actions.submit(
            actor=actor,
            form_id=form.id,
            org_id=county.orgs["central"].id,
            client_id=new_id(),
            answers=answers(),
            now=NOW,
        )


def appoint(county: SmallCounty, name: str, kind: str) -> Actor:
    """One more person with a post at the central school."""
    org = county.orgs["central"]
    with acting(county.system):
        person = Person.objects.create(county_id=org.county_id, name=name, home=org)
        post = Post.objects.create(county_id=org.county_id, org=org, kind=kind, title=name)
        Appointment.objects.create(
            county_id=org.county_id, post=post, person=person, from_day=date(2026, 9, 1)
        )
    holding = Holding(post.id, kind, org.id, org.kind, title=name, org_name=org.name)
    return Actor(org.county_id, person.id, name, (holding,))


def state_of(county: SmallCounty, entry: Entry) -> str:
    with acting(county.system):
        return Entry.objects.get(id=entry.id).state


def test_only_a_confirmed_entry_proves_and_its_submission_is_what_was_recorded(
    county: SmallCounty, sink: Remembering
) -> None:
    entry, head = submit(county), county.actors["head"]
    assert sink.recorded == []
    with acting(head):
        actions.confirm(actor=head, entry_id=entry.id, now=LATER)
    ((header, _, _),) = sink.recorded
    assert (header.recorded_at, header.confirmed_at, header.single_handed) == (NOW, LATER, False)
    assert state_of(county, entry) == "confirmed"


def test_the_filler_does_not_confirm_while_another_could(county: SmallCounty, sink: Remembering) -> None:
    entry, safety = submit(county), county.actors["safety"]
    with acting(safety), pytest.raises(Refused, match="conflict-guard"):
        actions.confirm(actor=safety, entry_id=entry.id, now=LATER)
    assert state_of(county, entry) == "submitted"
    assert sink.recorded == []


def test_the_named_post_confirms_before_the_head(county: SmallCounty, sink: Remembering) -> None:
    entry = submit(county)
    vice = appoint(county, "分管副校长", "vice-principal-safety")
    head = county.actors["head"]
    with acting(head), pytest.raises(Refused, match="forbidden-confirm"):
        actions.confirm(actor=head, entry_id=entry.id, now=LATER)
    with acting(vice):
        assert actions.confirm(actor=vice, entry_id=entry.id, now=LATER).state == "confirmed"


def test_where_nobody_else_could_the_filler_confirms_and_it_is_marked(
    county: SmallCounty, sink: Remembering
) -> None:
    head = county.actors["head"]
    with acting(county.system):
        Appointment.objects.filter(post__org=county.orgs["central"]).exclude(
            person=county.people["head"]
        ).delete()
    entry = submit(county, who="head")
    with acting(head):
        assert actions.confirm(actor=head, entry_id=entry.id, now=LATER).single_handed is True
    assert sink.recorded[0][0].single_handed is True


def test_the_bureau_may_confirm_for_a_school(county: SmallCounty, sink: Remembering) -> None:
    entry, officer = submit(county), county.actors["officer"]
    with acting(officer):
        assert actions.confirm(actor=officer, entry_id=entry.id, now=LATER).confirmer_id == officer.person_id


@pytest.mark.parametrize(("who", "code"), [("police", "forbidden"), ("guard", "not-found")])
def test_others_do_not_confirm_and_nothing_changes(
    county: SmallCounty, sink: Remembering, who: str, code: str
) -> None:
    entry, actor = submit(county), county.actors[who]
    with acting(actor), pytest.raises(Refused) as caught:
        actions.confirm(actor=actor, entry_id=entry.id, now=LATER)
    assert caught.value.code == code
    assert state_of(county, entry) == "submitted"
    assert sink.recorded == []
    with acting(county.system):
        assert not Record.objects.filter(verb="entry.confirm").exists()


def test_a_returned_entry_keeps_its_number_and_is_recorded_when_it_comes_again(
    county: SmallCounty, sink: Remembering
) -> None:
    entry, head, safety = submit(county), county.actors["head"], county.actors["safety"]
    with acting(head):
        actions.return_(actor=head, entry_id=entry.id, reason="少了宿舍楼", now=LATER)
    again = LATER + timedelta(hours=1)
    with acting(safety):
        second = actions.submit(
            actor=safety,
            form_id=entry.form_id,
            org_id=entry.org_id,
            client_id=entry.client_id,
            answers=answers(people="6"),
            now=again,
        )
    assert (second.id, second.number, second.state) == (entry.id, entry.number, "submitted")
    assert second.submitted_at == again
    with acting(county.system):
        verbs = list(
            Record.objects.filter(object_id=str(entry.id)).order_by("id").values_list("verb", flat=True)
        )
    assert verbs == ["entry.submit", "entry.return", "entry.submit"]


def test_voiding_takes_the_effects_and_stays_visible(county: SmallCounty, sink: Remembering) -> None:
    entry, safety = submit(county, CHECK), county.actors["safety"]
    with acting(safety), pytest.raises(Refused, match="missing-reason"):
        actions.void(actor=safety, entry_id=entry.id, reason="", now=LATER)
    assert sink.voided == []
    with acting(safety):
        actions.void(actor=safety, entry_id=entry.id, reason="登错了日期", now=LATER)
        seen, _ = queries.entry_seen(safety, entry.id)
        assert (seen.state, seen.void_reason, seen.voided_at) == ("void", "登错了日期", LATER)
        found = queries.ledger(safety, FormSpec.model_validate(CHECK), queries.Filters())
        assert [one.state for one in found] == ["void"]
    assert sink.voided == [entry.id]
    with acting(safety), pytest.raises(Refused, match="conflict-step"):
        actions.void(actor=safety, entry_id=entry.id, reason="再来", now=LATER)
    assert sink.voided == [entry.id]


def test_a_confirmed_entry_is_voided_by_who_answers_for_it_not_by_a_colleague(
    county: SmallCounty, sink: Remembering
) -> None:
    entry, head = submit(county), county.actors["head"]
    teacher = appoint(county, "值日教师", "duty-teacher")
    with acting(head):
        actions.confirm(actor=head, entry_id=entry.id, now=LATER)
    with acting(teacher), pytest.raises(Refused, match="forbidden"):
        actions.void(actor=teacher, entry_id=entry.id, reason="不要了", now=LATER)
    assert state_of(county, entry) == "confirmed"
    with acting(head):
        assert actions.void(actor=head, entry_id=entry.id, reason="重复", now=LATER).state == "void"


def test_what_waits_for_me(county: SmallCounty, sink: Remembering) -> None:
    entry = submit(county)
    submit(county, CHECK)
    waiting = {}
    for who in ("head", "safety", "officer"):
        with acting(county.actors[who]):
            waiting[who] = [one.id for one in queries.waiting_for_confirmation(county.actors[who], DAY)]
    assert waiting == {"head": [entry.id], "safety": [], "officer": []}


def at_once(*works: Callable[[], object]) -> list[object]:
    """Run on threads with connections of their own, starting together; results or what was refused."""
    barrier = Barrier(len(works))
    outcomes: list[object] = [None] * len(works)

    def run(index: int, work: Callable[[], object]) -> None:
        barrier.wait()
        try:
            outcomes[index] = work()
        except Refused as refused:
            outcomes[index] = refused
        finally:
            connection.close()

    threads = [Thread(target=run, args=(index, work)) for index, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_of_two_people_who_confirm_at_once_one_wins_and_the_other_is_told(
    transactional_db: None, sink: Remembering
) -> None:
    county = build()
    entry = submit(county)
    officer, head = county.actors["officer"], county.actors["head"]

    def confirming(actor: Actor) -> Callable[[], object]:
        def work() -> object:
            with acting(actor):
                return actions.confirm(actor=actor, entry_id=entry.id, now=LATER)

        return work

    outcomes = at_once(confirming(officer), confirming(head))
    (winner,) = [one for one in outcomes if isinstance(one, Entry)]
    (loser,) = [one for one in outcomes if isinstance(one, Refused)]
    assert loser.code == "already-confirmed"
    name = next(actor.name for actor in (officer, head) if actor.person_id == winner.confirmer_id)
    assert name in loser.message and "11:00" in loser.message
    assert len(sink.recorded) == 1


def test_the_same_entry_sent_twice_at_once_is_one_entry(transactional_db: None, sink: Remembering) -> None:
    county = build()
    form, actor, device = install(CHECK), county.actors["safety"], new_id()

    def work() -> object:
        with acting(actor):
            return actions.submit(
                actor=actor,
                form_id=form.id,
                org_id=county.orgs["central"].id,
                client_id=device,
                answers=answers(),
                now=NOW,
            )

    first, second = at_once(work, work)
    assert isinstance(first, Entry) and isinstance(second, Entry)
    assert (first.id, first.number) == (second.id, second.number)
    assert len(sink.recorded) == 1
    with acting(county.system):
        assert Numbering.objects.get().last == 1, "the number of the second request was given back"


def test_numbers_given_at_once_are_different_and_without_gaps(
    transactional_db: None, sink: Remembering
) -> None:
    county = build()
    form, actor = install(CHECK), county.actors["safety"]

    def work() -> object:
        with acting(actor):
            return actions.submit(
                actor=actor,
                form_id=form.id,
                org_id=county.orgs["central"].id,
                client_id=new_id(),
                answers=answers(),
                now=NOW,
            ).number[-4:]

    assert sorted(map(str, at_once(work, work, work))) == ["0001", "0002", "0003"]
