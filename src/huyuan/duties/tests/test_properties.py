"""What holds for any proofs: more of them never hurt, their order doesn't matter, time only ages a cell."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from uuid import UUID, uuid4, uuid5

from hypothesis import given, settings
from hypothesis import strategies as st

from huyuan.duties.rules.aggregate import all_of, n_of, share
from huyuan.duties.rules.binding import RULE, Binding
from huyuan.duties.rules.cells import evaluate
from huyuan.duties.rules.facts import OrgFacts, ProofFact
from huyuan.duties.rules.verdicts import ZH, Cell, Verdict
from huyuan.duties.scenarios import CALENDAR
from huyuan.duties.tests.judging import monthly, weekly

ORG = uuid5(UUID(int=0), "school")
START = datetime(2026, 10, 4, 16, 0, tzinfo=UTC)
DAYS = (date(2026, 10, 5), date(2026, 10, 31))
BEST_FIRST = ("met", "late", "owed", "overdue", "missed")
AGES = ("owed", "overdue", "missed")
RULES = (
    weekly(),
    monthly(proof={"act": "hazard-check", "at_least": 2}),
    monthly(proof={"act": "hazard-check", "at_least": 2, "gap_days": 10}),
    weekly(every={"day": 1}),
    monthly(proof={"act": "hazard-check", "each": {"place": ["gate", "canteen"]}}),
    monthly(every={"month": 1, "due": {"day": 20}}),
)
hours = st.integers(min_value=0, max_value=24 * 40)


@st.composite
def proofs(draw: st.DrawFn) -> ProofFact:
    """A check some time in October, recorded up to three weeks later, perhaps for another week, perhaps
    voided."""
    occurred = START + timedelta(hours=draw(hours))
    recorded = occurred + timedelta(hours=draw(st.integers(0, 24 * 20)))
    voided = draw(st.none() | st.integers(0, 24 * 20))
    return ProofFact(
        id=uuid4(),
        act_id=uuid4(),
        act="hazard-check",
        subject_id=ORG,
        quals=frozenset(draw(st.sets(st.sampled_from(["place=gate", "place=canteen"])))),
        joint=False,
        occurred_at=occurred,
        recorded_at=recorded,
        names_period=draw(st.sampled_from(["", "", "2026-W41", "2026-W42", "2026-10", "2026-10-12"])),
        voided_at=None if voided is None else recorded + timedelta(hours=voided),
    )


def cells(spec: dict[str, object], given_proofs: list[ProofFact], now: datetime) -> dict[str, Cell]:
    resolved = RULE.validate_python(spec)
    schools = frozenset({"school"})
    binding = Binding(uuid5(ORG, "a"), uuid5(ORG, "r"), "p", resolved, date(2026, 9, 1), schools=schools)
    facts = OrgFacts(ORG, "school", proofs={"hazard-check": given_proofs})
    return {cell.period: cell for cell in evaluate(facts, [binding], CALENDAR, *DAYS, now)}


many = st.lists(proofs(), max_size=8)
rules = st.sampled_from(RULES)
nows = hours.map(lambda hour: START + timedelta(hours=hour * 2))


@settings(max_examples=150, deadline=None)
@given(rules, many, proofs(), nows)
def test_one_more_proof_never_makes_a_cell_worse(
    spec: dict[str, object], some: list[ProofFact], more: ProofFact, now: datetime
) -> None:
    before, after = cells(spec, some, now), cells(spec, [*some, more], now)
    for period, cell in after.items():
        if cell.verdict != "not_applicable":
            assert BEST_FIRST.index(cell.verdict) <= BEST_FIRST.index(before[period].verdict)


@settings(max_examples=150, deadline=None)
@given(rules, many, nows, st.randoms())
def test_the_order_of_proofs_is_irrelevant(
    spec: dict[str, object], some: list[ProofFact], now: datetime, random: Random
) -> None:
    shuffled = list(some)
    random.shuffle(shuffled)
    told = {period: (cell.verdict, cell.proofs) for period, cell in cells(spec, some, now).items()}
    assert told == {
        period: (cell.verdict, cell.proofs) for period, cell in cells(spec, shuffled, now).items()
    }


@settings(max_examples=150, deadline=None)
@given(rules, many, nows)
def test_an_act_counts_once_in_a_rule(spec: dict[str, object], some: list[ProofFact], now: datetime) -> None:
    counted = [proof for cell in cells(spec, some, now).values() for proof in cell.proofs]
    assert len(counted) == len(set(counted))


@settings(max_examples=150, deadline=None)
@given(rules, st.lists(nows, min_size=2, max_size=6))
def test_without_proofs_time_only_ages_a_cell(spec: dict[str, object], instants: list[datetime]) -> None:
    seen: dict[str, int] = {}
    for now in sorted(instants):
        for period, cell in cells(spec, [], now).items():
            if cell.verdict != "not_applicable":
                age = AGES.index(cell.verdict)
                assert age >= seen.get(period, 0)
                seen[period] = age


@settings(max_examples=150, deadline=None)
@given(rules, many, nows)
def test_a_closed_verdict_is_the_one_of_its_close(
    spec: dict[str, object], some: list[ProofFact], now: datetime
) -> None:
    for period, cell in cells(spec, some, now).items():
        if cell.close_at and cell.is_closed(now):
            assert cells(spec, some, cell.close_at)[period].verdict == cell.verdict


@settings(max_examples=150, deadline=None)
@given(rules, many, nows)
def test_what_is_not_yet_recorded_changes_nothing(
    spec: dict[str, object], some: list[ProofFact], now: datetime
) -> None:
    known = [proof for proof in some if proof.known_at <= now]
    told = {period: cell.verdict for period, cell in cells(spec, some, now).items()}
    assert told == {period: cell.verdict for period, cell in cells(spec, known, now).items()}


@given(st.lists(st.sampled_from(sorted(ZH))), st.integers(1, 5))
def test_the_best_n_are_never_worse_than_all(verdicts: list[Verdict], n: int) -> None:
    order = ["missed", "overdue", "unknown", "owed", "late", "met", "waived", "not_applicable"]
    assert order.index(n_of(verdicts, n)) >= order.index(all_of(verdicts))


def test_a_percentage_is_cut() -> None:
    beside: list[Verdict] = ["waived", "unknown", "not_applicable", "owed"]
    done: list[Verdict] = ["met"]
    figures = share([*done * 199, "missed", *beside * 50])
    assert (figures.percent, figures.judged, figures.counts["waived"]) == (99, 200, 50)
    assert share(["late", "met"]).percent == 100
    assert share(beside).percent is None
    assert share(beside).text == "—"
