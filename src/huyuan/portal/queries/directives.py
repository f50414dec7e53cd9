"""Directives as people read them: the text with its claims, what carries them, and how this month stands."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from huyuan.duties.models import AdoptedVersion, Adoption, Clause, Rule
from huyuan.duties.queries.adopted import bindings_of
from huyuan.duties.queries.board import decisions
from huyuan.duties.queries.board import matters as matters_of
from huyuan.duties.queries.words import matters
from huyuan.duties.rules.binding import RULE
from huyuan.duties.rules.facts import OrgFacts
from huyuan.duties.rules.strictest import Strictest, in_force, strictest
from huyuan.duties.schema import RuleSpec
from huyuan.kernel.days import day_of
from huyuan.orgs.actor import Actor
from huyuan.orgs.permissions import not_found
from huyuan.orgs.vocabulary import names
from huyuan.packs.models import PackVersion
from huyuan.packs.queries import newest
from huyuan.portal.queries.adoptions import seen
from huyuan.portal.segments import Segment, segments
from huyuan.reports import queries as reports
from huyuan.reports.queries import Figure

# What people read as a text; vocabulary and the catalogue are the program's own words.
READ = ("directive", "campaign", "norm", "report")
# The kinds of organisation by which a county without a school of one's own is told what is strictest.
EXAMPLE = "school"


class Paragraph(NamedTuple):
    """One clause: its text cut by claims."""

    key: str
    cite: str
    title: str
    simplified: str
    source: str
    confidence: str
    note: str
    segments: Sequence[Segment]
    claims: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Text:
    """A version of a directive: clauses in order, rules by key, how many sentences of which status."""

    version: PackVersion
    paragraphs: Sequence[Paragraph]
    rules: Mapping[str, tuple[UUID, RuleSpec]]
    counts: Counter[str]


class Listed(NamedTuple):
    """A directive in the list. `adopted_by` empty: not adopted in this county."""

    version: PackVersion
    adopted_by: str
    go_live: date | None
    until: date | None
    counts: Counter[str]


@dataclass(frozen=True)
class Page:
    """A directive with everything on its page. `figures`: rule id → this month's figures in my scope, for so
    many organisations still `waiting`."""

    text: Text
    adoption: Adoption | None
    figures: Mapping[UUID, Figure]
    waiting: int
    posts: Mapping[str, str]
    matters: Sequence[Strictest]
    sees_compliance: bool


# An installed version never changes, so each is read once in a process.
_TEXTS: dict[UUID, Text] = {}


def text_of(version: PackVersion) -> Text:
    """The version's clauses and rules; two queries the first time."""
    if version.id not in _TEXTS:
        paragraphs = [
            Paragraph(
                one.key,
                one.cite,
                one.title,
                one.simplified,
                one.source,
                one.confidence,
                one.note,
                segments(one.text, one.claims),
                one.claims,
            )
            for one in Clause.objects.filter(pack_version=version).order_by("number")
        ]
        rules = {
            key: (rule_id, RULE.validate_python(spec))
            for key, rule_id, spec in Rule.objects.filter(pack_version=version).values_list(
                "key", "id", "spec"
            )
        }
        counts = Counter(claim["status"] for one in paragraphs for claim in one.claims)
        _TEXTS[version.id] = Text(version, paragraphs, rules, counts)
    return _TEXTS[version.id]


def listed(actor: Actor, today: date) -> list[Listed]:
    """Every directive of the library, adopted ones first, then by title."""
    running = [one for one in seen(actor) if one.until is None or one.until >= today]
    adoptions = {one.pack_key: one for one in sorted(running, key=lambda one: one.from_day, reverse=True)}
    found = [
        Listed(
            version,
            one.org.name if (one := adoptions.get(key)) else "",
            one.go_live if one else None,
            one.until if one else None,
            text_of(version).counts,
        )
        for key, version in newest().items()
        if version.nature in READ
    ]
    return sorted(found, key=lambda one: (not one.adopted_by, one.version.title))


def page(actor: Actor, key: str, month: str, now: datetime) -> Page:
    """One directive as it is in force here, else as last installed. Raises Refused `not-found`."""
    adopted = _adopted(actor, key, day_of(now))
    adoption = adopted.adoption if adopted else None
    version = adopted.pack_version if adopted else newest().get(key)
    if version is None or version.nature not in READ:
        raise not_found()
    text = text_of(version)
    rule_ids = [rule_id for rule_id, _ in text.rules.values()]
    figures = (
        reports.rules_of(actor, rule_ids, month, now, action="duty.see")
        if adoption
        else reports.Figures({}, 0)
    )
    return Page(
        text,
        adoption,
        *figures,
        names("post"),
        [one for one in met_matters(actor, now) if touches(one, key)] if adoption else [],
        reports.sees_any(actor),
    )


def met_matters(actor: Actor, now: datetime) -> list[Strictest]:
    """The matters about which more than one adopted directive speaks: for my own school as it is, else for a
    school of which nothing particular is known."""
    mine = next((one.org_id for one in actor.holdings if one.org_kind == EXAMPLE), None)
    if mine is not None:
        found = matters_of(actor, org_id=mine, now=now)
    else:
        today = day_of(now)
        bindings = [one for one in bindings_of(actor.county_id, today, today) if in_force(one, today)]
        example = OrgFacts(UUID(int=0), EXAMPLE)
        found = strictest(example, bindings, matters(), today, decisions(actor.county_id))
    return [one for one in found if len(packs_of(one)) > 1]


def packs_of(matter: Strictest) -> set[str]:
    """The directives that speak about a matter."""
    return {asking.binding.pack for asking in (*matter.winners, *matter.others)}


def touches(matter: Strictest, pack: str) -> bool:
    """Does a directive speak about a matter?"""
    return pack in packs_of(matter)


def _adopted(actor: Actor, key: str, today: date) -> AdoptedVersion | None:
    """The version of a directive that runs here today, else the first that it will run; one query."""
    rows = list(
        AdoptedVersion.objects.filter(adoption__in=[one.id for one in seen(actor) if one.pack_key == key])
        .exclude(adoption__until__lt=today)
        .select_related("adoption__org", "pack_version__pack")
        .defer("pack_version__content")
        .order_by("adoption__from_day", "in_force_from", "pack_version__installed_at")
    )
    running = [row for row in rows if row.in_force_from <= today] or rows[:1]
    return running[-1] if running else None
