"""What Today asks of whom, in which order and words; and which forms can count for a rule."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID, uuid5

import pytest
from django.urls import reverse

from huyuan.duties.rules.binding import RULE, Binding, resolve
from huyuan.duties.rules.cells import evaluate
from huyuan.duties.rules.counting import can_count
from huyuan.duties.rules.facts import EventFact, OrgFacts, ProofFact, SubjectFact
from huyuan.duties.rules.strictest import strictest
from huyuan.duties.rules.verdicts import Cell
from huyuan.duties.scenarios import CALENDAR, SCHOOL_DAY
from huyuan.duties.schema import MatterSpec
from huyuan.kernel.days import at
from huyuan.kernel.ids import uuid7
from huyuan.orgs.actor import Actor, Holding
from huyuan.portal.addresses import doing_url
from huyuan.portal.queries.library import Library
from huyuan.portal.rules import (
    Duty,
    Staff,
    arranged,
    asks_now,
    fold,
    mine,
    sorted_out,
    title,
    told,
    told_together,
)
from huyuan.registers.schema import FormSpec

SCHOOL = UUID("00000000-0000-7000-8000-000000000001")
CLASS = UUID("00000000-0000-7000-8000-000000000002")
TODAY = date(2026, 10, 14)
NOW = at(TODAY, "10:00")
WORDS = {"act:hazard-check": "安全隐患排查", "act:interim-measures": "采取临时防范措施"}
OFFICER = Holding(uuid7(), "safety-officer", SCHOOL, "school", title="安全员", org_name="示例小学")
HEAD = Holding(uuid7(), "head", SCHOOL, "school", title="校长", org_name="示例小学")


def binding(kind: str = "do", key: str = "weekly", post: str = "safety-officer", **spec: Any) -> Binding:
    usual: dict[str, Any] = {"every": {"week": 1}, "proof": {"act": "hazard-check"}} if kind == "do" else {}
    rule = RULE.validate_python(
        {"kind": kind, "key": key, "title": key, "clauses": ["1"], "theme": "t", "who": {"org": ["school"]}}
        | usual
        | spec
    )
    resolved, missing = resolve(rule, {})
    return Binding(
        uuid5(SCHOOL, "adoption"), uuid5(SCHOOL, key), "pack", resolved, date(2026, 9, 1), missing=missing,
        anchor=date(2026, 9, 1), posts=(post,) if post else (), leading=("head",),
        schools=frozenset({"school"}),
    )  # fmt: skip


def act(day: date) -> ProofFact:
    when = at(day, "09:00")
    return ProofFact(uuid7(), uuid7(), "hazard-check", SCHOOL, frozenset(), False, when, when)


def cells(*bindings: Binding, first: date = date(2026, 10, 1), **facts: Any) -> list[Cell]:
    org = OrgFacts(SCHOOL, "school", **facts)
    return [
        cell for cell in evaluate(org, bindings, CALENDAR, first, TODAY, NOW) if asks_now(cell, TODAY, NOW)
    ]


def duties(found: list[Cell], *holdings: Holding, staff: Staff) -> list[Duty]:
    lines = told_together(found)
    return [Duty(line, *through) for line in lines if (through := mine(line[0], holdings, staff))]


FULL = Staff({"head": "校长", "safety-officer": "安全员"})


def test_a_week_left_open_is_asked_for_beside_this_one() -> None:
    asked = cells(binding())
    assert [(cell.period, cell.verdict) for cell in asked] == [("2026-W41", "overdue"), ("2026-W42", "owed")]


def test_what_is_done_is_not_asked_again() -> None:
    proofs = {"hazard-check": [act(date(2026, 10, 9)), act(date(2026, 10, 13))]}
    assert cells(binding(), proofs=proofs) == []


def test_a_standard_that_holds_asks_nothing_one_that_is_short_does() -> None:
    kept = binding("have", "kept", all_of=[{"measure": "doors", "at_least": 1}])
    asked = cells(kept)
    assert [cell.verdict for cell in asked] == ["unknown"]
    assert "没有“doors”的记录" in told(asked, WORDS, NOW)


def test_a_period_that_has_not_begun_is_not_asked_for() -> None:
    later = binding(key="later", every={"quarter": 1, "in": "last-month"})
    assert cells(later) == []


def test_the_duty_is_its_posts_and_of_nobody_else() -> None:
    asked = cells(binding(), first=TODAY)
    assert [duty.holding for duty in duties(asked, OFFICER, staff=FULL)] == [OFFICER]
    assert duties(asked, HEAD, staff=FULL) == []


def test_a_vacant_posts_duty_falls_to_the_head_and_says_so() -> None:
    vacant = Staff({"head": "校长"}, {"safety-officer": "安全员"})
    (duty,) = duties(cells(binding(), first=TODAY), HEAD, staff=vacant)
    assert duty.instead_of == "安全员"


def test_a_duty_without_a_post_is_the_heads() -> None:
    (duty,) = duties(cells(binding(post=""), first=TODAY), OFFICER, HEAD, staff=FULL)
    assert (duty.holding, duty.instead_of) == (HEAD, "")


@pytest.mark.parametrize(
    ("there", "whose"),
    [
        ({"bureau-officer", "bureau-leader"}, "bureau-officer"),
        ({"police-liaison"}, "police-liaison"),
        ({"police-liaison", "bureau-officer"}, "bureau-officer"),  # the first that the rule names
        ({"head", "guard"}, "head"),  # none of them: whoever leads
        ({"guard"}, "bureau-officer"),  # nobody does: a vacancy of what was named
    ],
)
def test_of_several_kinds_of_post_it_is_the_first_that_the_organisation_has(
    there: set[str], whose: str
) -> None:
    assert replace(binding(), posts=("bureau-officer", "police-liaison")).post_at(there) == whose


def test_where_nobody_leads_anybody_may() -> None:
    alone = Staff({"safety-officer": "安全员"})
    (duty,) = duties(cells(binding(post="head"), first=TODAY), OFFICER, staff=alone)
    assert duty.holding == OFFICER


def test_a_class_teacher_sees_the_own_class_only() -> None:
    lesson = binding(key="lesson", post="class-teacher", subject="class", proof={"act": "lesson"})
    teacher = Holding(uuid7(), "class-teacher", SCHOOL, "school", class_id=CLASS, title="班主任")
    subjects = {"class": [SubjectFact(CLASS, "一班"), SubjectFact(uuid7(), "二班")]}
    staff = Staff({"class-teacher": "班主任", "head": "校长"})
    asked = cells(lesson, first=TODAY, subjects=subjects)
    assert len(asked) == 2
    mine_alone = [cell for cell in asked if mine(cell, [teacher], staff)]
    assert [cell.subject_id for cell in mine_alone] == [CLASS]
    for in_order in (asked, asked[::-1]):
        own, elsewhere = sorted_out(in_order, [teacher], staff)
        assert [[cell.subject_id for cell in duty.cells] for duty in own] == [[CLASS]]
        assert [len(line) for line in elsewhere] == [1], "whichever class stands first in its line"


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"every": {"week": 1}}, "请在10月18日（周日）前完成，还剩4天"),
        ({"every": {"month": 1, "due": {"day": 28}}, "proof": {"act": "submission"}}, 
         "请在10月28日（周三）前报送，还剩14天"),
        ({"every": {"month": 1, "due": {"day": 14}}}, "请在10月14日（周三）前完成，今天截止"),
        ({"every": {"month": 1, "due": {"day": 12}}},
         "应在10月12日（周一）前完成，10月19日24:00前补上仍计为补做"),
    ],
)  # fmt: skip
def test_by_when_it_is_asked(spec: dict[str, Any], said: str) -> None:
    (cell,) = cells(binding(**spec), first=TODAY)
    assert told([cell], WORDS, NOW) == said


def test_a_window_asked_of_several_posts_is_named_once() -> None:
    guarded = binding(
        kind="post", key="gate", point="gate", window={"anchor": ["dismissal"]},
        at_least={"people": 1, "qualified": ["leader", "teacher", "guard"]}, each=True,
    )  # fmt: skip
    asked = cells(guarded, first=TODAY, times=[(date(2026, 9, 1), SCHOOL_DAY)])
    assert len(asked) == 3
    assert told(asked, WORDS, NOW).count("放学时段") == 1


def test_headings_in_order() -> None:
    asked = [
        *cells(binding(key="this-week"), first=TODAY),
        *cells(binding(key="late", every={"month": 1, "due": {"day": 12}}), first=TODAY),
        *cells(binding(key="today", every={"month": 1, "due": {"day": 14}}), first=TODAY),
        *cells(binding(key="later", every={"month": 1}), first=TODAY),
    ]
    found = arranged(duties(asked, OFFICER, staff=FULL), TODAY)
    assert {name: [duty.cell.binding.rule.key for duty in mine] for name, mine in found.items()} == {
        "overdue": ["late"],
        "today": ["today"],
        "week": ["this-week"],
        "later": ["later"],
    }
    assert list(found) == ["overdue", "today", "week", "later"]


def test_the_strictest_of_a_matter_stands_for_the_others() -> None:
    matter = MatterSpec(key="cadence", zh="排查频次", compare="cadence")
    weekly = binding(key="weekly", matter="cadence")
    monthly = binding(key="monthly", matter="cadence", every={"month": 1})
    org = OrgFacts(SCHOOL, "school")
    ranked = strictest(org, [weekly, monthly], {"cadence": matter}, TODAY, {})
    both = duties(cells(weekly, monthly, first=TODAY), OFFICER, staff=FULL)
    (line,) = fold(both, ranked)
    assert line.cell.binding is weekly
    assert [cell.binding for cell in line.also] == [monthly]
    twice = duties(cells(weekly, monthly), OFFICER, staff=FULL)
    folded = fold(twice, ranked)
    assert [(duty.cell.period, len(duty.also)) for duty in folded] == [("2026-W41", 0), ("2026-W42", 1)]
    only_monthly = [duty for duty in both if duty.cell.binding is monthly]
    assert fold(only_monthly, ranked) == only_monthly, "the loser is shown once the winner is done"


def test_reactions_of_one_clock_are_told_apart() -> None:
    then = [{"act": "interim-measures", "within": "unstated"}, {"act": "report", "within": {"days": 3}}]
    clock = binding("when", "serious", event="hazard.found", then=then)
    known = at(date(2026, 10, 12), "09:00")
    event = EventFact(uuid7(), "hazard.found", SCHOOL, frozenset(), known, known)
    asked = cells(clock, first=TODAY, events={"hazard.found": [event]})
    assert [title(cell, WORDS) for cell in asked] == ["serious：采取临时防范措施", "serious：report"]
    assert told(asked[:1], WORDS, NOW) == "没有规定时限，请尽快完成，已过2天"
    assert told(asked[1:], WORDS, NOW) == "请在10月15日（周四）前完成，明天"


# ---- which forms can count ----
def form(*effects: dict[str, Any]) -> FormSpec:
    return FormSpec.model_validate(
        {
            "key": "check",
            "title": "登记",
            "theme": "t",
            "fields": [
                {"id": "scope", "label": "范围", "type": "choices", "options": ["whole", "special"]},
                {"id": "joint", "label": "联合", "type": "yes_no"},
                {"id": "partner", "label": "单位", "type": "organisation", "many": True},
                {"id": "rows", "label": "行", "type": "group", "fields": [
                    {"id": "severity", "label": "程度", "type": "choice", "options": ["minor", "major"]}]},
            ],
            "effects": list(effects),
        }
    )  # fmt: skip


CHECK = {"effect": "act", "act": "hazard-check", "where": {"scope": "$scope"}, "partner": "$partner"}


@pytest.mark.parametrize(
    ("effect", "kind", "spec", "counts"),
    [
        (CHECK, "do", {"proof": {"act": "hazard-check"}}, True),
        (CHECK, "do", {"proof": {"act": "hazard-check", "where": {"scope": "whole"}}}, True),
        (CHECK, "do", {"proof": {"act": "hazard-check", "where": {"scope": "garden"}}}, False),
        (CHECK, "do", {"proof": {"act": "hazard-check", "where": {"floor": "1"}}}, False),
        (CHECK, "do", {"proof": {"act": "hazard-check", "where": {"joint-with": "police-station"}}}, True),
        ({**CHECK, "partner": None}, "do", {"proof": {"act": "hazard-check", "where": {"joint-with": "x"}}},
         False),
        (CHECK, "do", {"proof": {"act": "drill", "any_of": [{"act": "hazard-check"}]}}, True),
        (CHECK, "do", {"proof": {"act": "drill"}}, False),
        ({"effect": "act", "act": "fix", "repeat": "rows", "where": {"how": "$severity"}}, "when",
         {"event": "e", "then": [{"act": "fix", "where": {"how": "major"}, "within": "unstated"}]}, True),
        ({"effect": "measure", "measure": "doors", "value": 1}, "have",
         {"all_of": [{"measure": "doors", "at_least": 1}]}, True),
        ({"effect": "measure", "measure": "windows", "value": 1}, "have",
         {"all_of": [{"measure": "doors", "at_least": 1}]}, False),
        ({"effect": "presence", "point": "gate", "qualified": "guard", "person": "$partner", "from": "$scope",
          "until": "$scope"}, "post",
         {"point": "gate", "window": {"anchor": ["arrival"]},
          "at_least": {"people": 1, "qualified": ["guard"]}}, True),
    ],
)  # fmt: skip
def test_whether_a_form_can_count(effect: Any, kind: str, spec: Any, counts: bool) -> None:
    assert can_count(form(effect), binding(kind, **spec).rule) is counts


def test_a_clock_leads_to_the_form_that_answers_its_event() -> None:
    clock = binding(
        "when", "serious", event="hazard.found",
        then=[{"act": "interim-measures", "within": "unstated"}],
    )  # fmt: skip
    known = at(date(2026, 10, 12), "10:00")
    events = [EventFact(uuid7(), "hazard.found", SCHOOL, frozenset(), known, known) for _ in range(2)]
    # An entry that raises hazards may say that measures were taken; only the other one is about an event.
    check = form({"effect": "act", "act": "interim-measures"})
    handling = FormSpec.model_validate(
        {
            "key": "handling", "title": "处置", "theme": "t",
            "fields": [{"id": "about", "label": "哪处", "type": "event"},
                       {"id": "n", "label": "注", "type": "text"}],
            "effects": [
                {"effect": "act", "act": "interim-measures", "answers": "$about"},
                {"effect": "act", "act": "recheck", "answers": "$about"},
            ],
        }
    )  # fmt: skip
    library = Library(WORDS, {}, {"check": check, "handling": handling})
    actor = Actor(150421, uuid7(), "人员", (OFFICER,))
    clocks = cells(clock, first=TODAY, events={"hazard.found": events})
    address = f"{reverse('registers:fill', args=['handling'])}?org={SCHOOL}"
    assert [doing_url(actor, one, library) for one in clocks] == [
        f"{address}&event={event.id}" for event in events
    ]
