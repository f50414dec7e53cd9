"""Compliance figures: cells counted by town, school, theme and rule, exact at the moment of asking.

Every figure comes from the tallies of `duties`, brought up to date first. Where that is more than a page can
wait for (nothing was counted yet, or the program judges otherwise since an upgrade), the answer says for how
many organisations figures are `waiting`: theirs are old or missing. Rules that wait for a capability have no
cells and stand outside every figure.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Generic, NamedTuple, TypeVar, cast
from uuid import UUID

from django.conf import settings
from django.db.models import Case, Count, Q, QuerySet, Sum, When

from huyuan.duties import tallies
from huyuan.duties.models import Rule, Tally
from huyuan.duties.rules.aggregate import Share, all_of
from huyuan.duties.rules.verdicts import Verdict
from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Organisation, Region
from huyuan.orgs.permissions import TABLE, not_found, scope
from huyuan.orgs.queries import calendar_of

SEE = "compliance.see"
ATTENTION: tuple[Verdict, ...] = ("overdue", "unknown")
# The town in which an organisation lies; one of the county itself lies in the county.
TOWN = Case(When(org__region__kind="village", then="org__region__parent"), default="org__region")
TOWN_NAME = Case(When(region__kind="village", then="region__parent__name"), default="region__name")
COUNTY = "县直单位"
Key = TypeVar("Key")


@dataclass(slots=True)
class Figure:
    """Cells by verdict: as they stand (closed ones as closed), and with the corrections beside them."""

    verdicts: Counter[Verdict] = field(default_factory=Counter)
    becomes: Counter[Verdict] = field(default_factory=Counter)

    def add(self, verdict: Verdict, becomes: Verdict, cells: int) -> None:
        self.verdicts[verdict] += cells
        self.becomes[becomes] += cells

    @property
    def share(self) -> Share:
        return Share(self.verdicts)

    @property
    def corrected(self) -> Share | None:
        """The share with corrections; None where there are none."""
        return Share(self.becomes) if self.becomes != self.verdicts else None

    @property
    def worst(self) -> Verdict:
        return all_of(self.verdicts)


class Line(NamedTuple):
    """A row or column of a table: a town, a school, a theme or a rule."""

    key: str
    name: str


@dataclass(frozen=True)
class Board:
    """Figures by row and column; only rows and columns that have any. Themes go by key. `waiting`: for so
    many organisations they are not up to date."""

    month: str
    rows: Sequence[Line]
    columns: Sequence[Line]
    figures: Mapping[str, Mapping[str, Figure]]
    waiting: int = 0

    def whole(self, row: str) -> Figure:
        """A row's figures together."""
        together = Figure()
        for one in self.figures[row].values():
            together.verdicts += one.verdicts
            together.becomes += one.becomes
        return together


class Figures(NamedTuple, Generic[Key]):
    """Figures of one kind by key; `waiting` as in a board."""

    by_key: dict[Key, Figure]
    waiting: int


class Matter(NamedTuple):
    """A rule that needs attention: so many organisations with cells overdue or unknown."""

    rule_id: UUID
    title: str
    theme: str
    verdict: Verdict
    organisations: int
    cells: int


def month_key(day: date) -> str:
    """2026-10"""
    return f"{day:%Y-%m}"


def months_kept(county_id: int, today: date) -> list[str]:
    """The months of the running term up to today; outside the terms, those since the last one began."""
    begun = [term.first for term in calendar_of(county_id).terms if term.first <= today]
    day = max(begun, default=today).replace(day=1)
    months = []
    while day <= today:
        months.append(month_key(day))
        day = (day + timedelta(days=31)).replace(day=1)
    return months


def towns(actor: Actor, month: str, now: datetime, *, theme: str = "") -> Board:
    """Towns × themes, or with a theme towns × its rules; what the actor may see."""
    found, waiting = _figures(actor, [month], now, theme=theme, town=None)
    rows = [Line(str(key), name) for key, name in town_names(actor)]
    named = {row.key for row in rows}
    rows += [Line(key, COUNTY) for key in found if key not in named]
    return _board(month, rows, found, theme, waiting)


def schools(actor: Actor, town: UUID, month: str, now: datetime, *, theme: str = "") -> Board:
    """The organisations of one town × themes (or a theme's rules), by name; none that may not be seen."""
    found, waiting = _figures(actor, [month], now, theme=theme, town=town)
    names = organisations(actor).filter(id__in=list(found)).order_by("name").values_list("id", "name")
    rows = [Line(str(org_id), name) for org_id, name in names]
    return _board(month, rows, found, theme, waiting)


def sees_any(actor: Actor) -> bool:
    """Does one of the actor's posts carry figures at all? No query."""
    posts = {grant.post_kind for grant in TABLE[SEE].grants}
    return any(holding.post_kind in posts for holding in actor.holdings)


def organisations(actor: Actor) -> QuerySet[Organisation]:
    """Whose figures the actor may see."""
    return Organisation.objects.filter(county_id=actor.county_id, id__in=scope(actor, SEE))


def town_names(actor: Actor) -> list[tuple[UUID, str]]:
    """The county's towns by name; what lies in none of them is the county's own."""
    rows = Region.objects.filter(county_id=actor.county_id, kind="town").order_by("name")
    return list(rows.values_list("id", "name"))


def town_name(actor: Actor, town: UUID) -> str:
    """The name of a town in which the actor may see somebody's figures; raises `not-found`."""
    mine = organisations(actor).filter(Q(region=town) | Q(region__parent=town, region__kind="village"))
    region = Region.objects.filter(id=town, county_id=actor.county_id).first()
    if region is None or not mine.exists():
        raise not_found()
    return COUNTY if region.kind == "county" else region.name


def rule_by_organisation(actor: Actor, rule: Rule, month: str, now: datetime) -> Figures[UUID]:
    """One rule's figures for each organisation that it speaks of."""
    waiting = _refresh(actor, scope(actor, SEE), [month], now)
    found: dict[UUID, Figure] = {}
    for row in _seen(actor, [month]).filter(rule=rule):
        figure = found.setdefault(row.org_id, Figure())
        figure.add(cast(Verdict, row.verdict), cast(Verdict, row.becomes), row.cells)
    return Figures(found, waiting)


def rules_of(
    actor: Actor, rules: Collection[UUID], month: str, now: datetime, action: str = SEE
) -> Figures[UUID]:
    """The figures of some rules over everybody to whose duties the actor may do `action`."""
    waiting = _refresh(actor, scope(actor, action), [month], now)
    found: dict[UUID, Figure] = {}
    rows = (
        Tally.objects.filter(
            county_id=actor.county_id, month=month, rule__in=list(rules), org__in=scope(actor, action)
        )
        .values_list("rule_id", "verdict", "becomes")
        .annotate(Sum("cells"))
    )
    for rule_id, verdict, becomes, cells in rows:
        found.setdefault(rule_id, Figure()).add(verdict, becomes, cells)
    return Figures(found, waiting)


def attention(
    actor: Actor, month: str, *, theme: str = "", town: UUID | None = None, most: int = 5
) -> list[Matter]:
    """What is overdue, then what is unknown, the rules that concern most organisations first.

    Read after a board of the same month, which has brought the figures up to date.
    """
    rows = _seen(actor, [month]).filter(verdict__in=ATTENTION, **({"theme": theme} if theme else {}))
    if town is not None:
        rows = rows.annotate(town=TOWN).filter(town=town)
    counted = rows.values_list("rule_id", "rule__title", "theme", "verdict").annotate(
        organisations=Count("org", distinct=True), cells=Sum("cells")
    )
    matters = [Matter(*row) for row in counted.order_by("-organisations", "rule__title")]
    # A stable sort keeps the order by organisations within each verdict.
    return sorted(matters, key=lambda one: ATTENTION.index(one.verdict))[:most]


def course(
    actor: Actor, months: Sequence[str], now: datetime, *, theme: str = ""
) -> tuple[dict[str, dict[str, Figure]], int]:
    """Town → month → figures, for the course of a term; and for how many organisations they are waiting."""
    waiting = _refresh(actor, scope(actor, SEE), months, now)
    found: dict[str, dict[str, Figure]] = {}
    rows = _seen(actor, months).filter(**({"theme": theme} if theme else {})).annotate(town=TOWN)
    for town, month, verdict, becomes, cells in rows.values_list(
        "town", "month", "verdict", "becomes"
    ).annotate(Sum("cells")):
        found.setdefault(str(town), {}).setdefault(month, Figure()).add(verdict, becomes, cells)
    return found, waiting


def _refresh(actor: Actor, orgs: QuerySet[Any, Any], months: Sequence[str], now: datetime) -> int:
    """Bring figures up to date as far as a page can wait for it; for how many organisations they are not."""
    return tallies.refresh(actor.county_id, orgs, months, now, patience=settings.FIGURES_SECONDS).waiting


def _seen(actor: Actor, months: Collection[str]) -> QuerySet[Tally]:
    return Tally.objects.filter(county_id=actor.county_id, month__in=list(months), org__in=scope(actor, SEE))


def _figures(
    actor: Actor, months: Sequence[str], now: datetime, *, theme: str, town: UUID | None
) -> tuple[dict[str, dict[str, Figure]], int]:
    """Row → column → figure: towns, or the organisations of one town; themes, or the rules of one. And for
    how many organisations they are waiting."""
    waiting = _refresh(actor, scope(actor, SEE), months, now)
    rows = _seen(actor, months).annotate(town=TOWN)
    if town is not None:
        rows = rows.filter(town=town)
    if theme:
        rows = rows.filter(theme=theme)
    row = "town" if town is None else "org_id"
    column = "rule_id" if theme else "theme"
    found: dict[str, dict[str, Figure]] = {}
    for row_key, column_key, verdict, becomes, cells in rows.values_list(
        row, column, "verdict", "becomes"
    ).annotate(Sum("cells")):
        figures = found.setdefault(str(row_key), {})
        figures.setdefault(str(column_key), Figure()).add(verdict, becomes, cells)
    return found, waiting


def _board(
    month: str, rows: Iterable[Line], found: Mapping[str, Mapping[str, Figure]], theme: str, waiting: int
) -> Board:
    used = {column for figures in found.values() for column in figures}
    if theme:
        titles = Rule.objects.filter(id__in=used).order_by("pack_version__title", "key")
        columns = [Line(str(rule_id), title) for rule_id, title in titles.values_list("id", "title")]
    else:
        columns = [Line(key, key) for key in sorted(used)]
    return Board(month, [row for row in rows if row.key in found], columns, found, waiting)
