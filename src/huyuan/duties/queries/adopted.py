"""What a county has adopted, as bindings ready to judge."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import JSONObject

from huyuan.duties.models import (
    ActorPost,
    AdoptedVersion,
    Adoption,
    Clause,
    LocalValue,
    Rule,
    SignInDate,
)
from huyuan.duties.queries.words import breaches
from huyuan.duties.rules.binding import RULE, Binding, Resolved, locals_of, resolve
from huyuan.duties.rules.cells import Evaluation
from huyuan.duties.schema import RuleSpec
from huyuan.kernel.days import ONE_DAY, start_of
from huyuan.orgs import vocabulary
from huyuan.orgs.kept import per_county
from huyuan.orgs.models import Organisation, Reach
from huyuan.orgs.queries import calendar_of, counties
from huyuan.orgs.session import declared
from huyuan.packs.registry import Impact, InstalledVersion

SPANS = 8
"""For so many spans of days, those asked for last, a county's periods are kept."""


@dataclass(frozen=True)
class Span:
    """A version in force in an adoption: from its day until the next one's."""

    version_id: UUID
    start: date
    cut_now: bool
    order_from: date | None
    order_until: date | None


class Adopted(NamedTuple):
    """An adoption's days, and its rules: one binding for each version of a rule and each span of its local
    values; planned rules are left out."""

    from_day: date
    until: date | None
    bindings: tuple[Binding, ...]


def bindings_of(county_id: int, first: date, last: date) -> list[Binding]:
    """The rules adopted in a county that may judge a day from `first` to `last`."""
    return [
        binding
        for adoption in adopted(county_id)
        if adoption.from_day <= last and (not adoption.until or adoption.until >= first - timedelta(days=31))
        for binding in adoption.bindings
        if (binding.starts_before is None or binding.starts_before > first - timedelta(days=400))
    ]


@per_county
def adopted(county_id: int) -> tuple[Adopted, ...]:
    """Everything that the county has adopted, by pack."""
    adoptions = list(_adoptions(county_id))
    versions = {UUID(span["version"]) for adoption in adoptions for span in adoption.spans}
    rules = _rules(versions)
    cites = _cites(versions)
    return tuple(
        Adopted(adoption.from_day, adoption.until, tuple(_bindings(adoption, rules, cites)))
        for adoption in adoptions
    )


def evaluation(
    county_id: int,
    bindings: Iterable[Binding],
    first: date,
    last: date,
    now: datetime,
    *,
    open_only: bool = False,
) -> Evaluation:
    """These bindings judged at `now` for the days from `first` to `last` (see `Evaluation`)."""
    return _evaluations(county_id)(first, last).at(now, bindings, open_only=open_only)


@per_county
def _evaluations(county_id: int) -> Callable[[date, date], Evaluation]:
    """What is worked out for a span of days serves whoever asks for the same days; a few spans are kept."""
    calendar, measures = calendar_of(county_id), breaches()

    @lru_cache(maxsize=SPANS)
    def of(first: date, last: date) -> Evaluation:
        return Evaluation((), calendar, first, last, start_of(first), measures)

    return of


def _adoptions(county_id: int) -> QuerySet[Adoption, Any]:
    """Adoptions with what belongs to them, one query."""
    mine = OuterRef("pk")
    return (
        Adoption.objects.filter(county_id=county_id)
        .annotate(
            spans=ArraySubquery(
                AdoptedVersion.objects.filter(adoption=mine)
                .order_by("in_force_from", "pack_version__installed_at")
                .values(
                    json=JSONObject(
                        version="pack_version_id",
                        start="in_force_from",
                        cut="cut_now",
                        order_from="pack_version__in_force_from",
                        order_until="pack_version__in_force_until",
                    )
                )
            ),
            answers=ArraySubquery(
                LocalValue.objects.filter(adoption=mine)
                .order_by("from_day")
                .values(json=JSONObject(name="name", value="value", start="from_day"))
            ),
            points=ArraySubquery(
                SignInDate.objects.filter(adoption=mine).values(
                    json=JSONObject(point="point", start="from_day")
                )
            ),
            posts=ArraySubquery(
                ActorPost.objects.filter(adoption=mine).values(
                    json=JSONObject(actor="actor", post="post_kind")
                )
            ),
            leading=ArraySubquery(vocabulary.leading_posts()),
            schools=ArraySubquery(vocabulary.school_kinds()),
            # Whoever is not of the county itself adopts for what is below it or in its town.
            below=ArraySubquery(
                Reach.objects.filter(viewer=OuterRef("org_id"), relation__in=("own", "below", "region"))
                .exclude(viewer__region__kind="county")
                .values("org_id")
            ),
            chosen=ArraySubquery(
                Adoption.only.through.objects.filter(adoption=mine).values("organisation_id")
            ),
        )
        .order_by("pack_key", "id")
    )


class Known(NamedTuple):
    """A rule as installed, with the names of the local values that it asks for."""

    id: UUID
    rule: RuleSpec
    asks: frozenset[str]


def _rules(versions: Collection[UUID]) -> Mapping[UUID, list[Known]]:
    """Version → its rules that are judged."""
    found = {version: list[Known]() for version in versions}
    rows = Rule.objects.filter(pack_version__in=versions, planned="").order_by("key")
    for version, rule_id, spec in rows.values_list("pack_version_id", "id", "spec"):
        rule = RULE.validate_python(spec)
        found[version].append(Known(rule_id, rule, frozenset(local.local for local in locals_of(rule))))
    return found


def _cites(versions: Collection[UUID]) -> Mapping[UUID, dict[str, str]]:
    """Version → clause key → how people cite it."""
    found = {version: dict[str, str]() for version in versions}
    rows = Clause.objects.filter(pack_version__in=versions).values_list("pack_version_id", "key", "cite")
    for version, key, cite in rows:
        found[version][key] = cite
    return found


def _bindings(
    adoption: Any,
    rules: Mapping[UUID, list[Known]],
    cites: Mapping[UUID, dict[str, str]],
) -> Iterator[Binding]:
    spans = [_span(each) for each in adoption.spans]
    if not spans:
        return
    orders = [span.order_from for span in spans[:1] if span.order_from]
    first = max([adoption.from_day, adoption.go_live, spans[0].start, *orders])
    last = min((day for day in (adoption.until, spans[-1].order_until) if day), default=None)
    chosen = frozenset(adoption.chosen or adoption.below) or None
    posts = {each["actor"]: each["post"] for each in adoption.posts}
    leading, schools = tuple(adoption.leading), frozenset(adoption.schools)
    sign_ins = {each["point"]: date.fromisoformat(each["start"]) for each in adoption.points}
    keys = [{known.rule.key for known in rules.get(span.version_id, ())} for span in spans]
    for number, span in enumerate(spans):
        following = spans[number + 1] if number + 1 < len(spans) else None
        for rule_id, rule, asks in rules.get(span.version_id, ()):
            begun = number > 0 and rule.key in keys[number - 1]
            goes_on = following is not None and rule.key in keys[number + 1]
            limits: dict[str, Any] = {"first": first if begun or number == 0 else max(first, span.start)}
            limits["last"] = last
            if begun:
                limits["ends_from" if span.cut_now else "starts_from"] = span.start
            if following is not None:
                if not following.cut_now:
                    limits["starts_before"] = following.start
                elif goes_on:
                    limits["ends_before"] = following.start
                else:
                    limits["last"] = min(filter(None, (last, following.start - ONE_DAY)))
            actor = rule.who.actor or ""
            for answers, begin, end in _answered(adoption.answers, asks, first):
                resolved, missing = resolve(rule, answers) if asks else Resolved(rule, ())
                yield Binding(
                    adoption_id=adoption.id,
                    rule_id=rule_id,
                    pack=adoption.pack_key,
                    rule=resolved,
                    anchor=first,
                    until=spans[-1].order_until or adoption.until,
                    missing=missing,
                    starts_from=_later(limits.get("starts_from"), begin),
                    starts_before=_sooner(limits.get("starts_before"), end),
                    ends_from=limits.get("ends_from"),
                    ends_before=limits.get("ends_before"),
                    first=limits["first"],
                    last=limits["last"],
                    grace_long=adoption.grace_long,
                    grace_daily=adoption.grace_daily,
                    window_minutes=adoption.window_minutes,
                    sign_ins=sign_ins,
                    subjects=chosen,
                    cite="、".join(cites[span.version_id].get(key, key) for key in rule.clauses),
                    posts=(*filter(None, [posts.get(actor)]), *(rule.by.posts if rule.by else ())),
                    leading=leading,
                    schools=schools,
                )


def _answered(
    answers: Sequence[Mapping[str, Any]], asks: frozenset[str], first: date
) -> Iterator[tuple[dict[str, Any], date | None, date | None]]:
    """(local values, from, before) for each span of days in which the rule's answers stay the same.

    A period goes by the answers in force at its start. What was answered before the first judged day
    holds from it.
    """
    mine = [each for each in answers if each["name"] in asks]
    turns = sorted({day for each in mine if (day := date.fromisoformat(each["start"])) > first})
    for begin, end in zip([None, *turns], [*turns, None], strict=True):
        day = begin or first
        yield (
            {each["name"]: each["value"] for each in mine if date.fromisoformat(each["start"]) <= day},
            begin,
            end,
        )


def _span(each: Mapping[str, Any]) -> Span:
    def day(text: str | None) -> date | None:
        return date.fromisoformat(text) if text else None

    return Span(
        UUID(each["version"]),
        date.fromisoformat(each["start"]),
        each["cut"],
        day(each["order_from"]),
        day(each["order_until"]),
    )


def _later(*days: date | None) -> date | None:
    return max((day for day in days if day), default=None)


def _sooner(*days: date | None) -> date | None:
    return min((day for day in days if day), default=None)


def impact(version: InstalledVersion, touched: Mapping[str, frozenset[str]]) -> Impact:
    """Whom a new version of a pack touches, in all counties that adopted it: organisations that its rules
    bind, and their duties by the rules that differ. Runs inside the installation, which has no county of
    its own."""
    rules = Rule.objects.filter(pack_version_id=version.pk, planned="").values_list("key", "spec__who__org")
    organisations = duties = 0
    for county_id in counties():
        with declared(county_id=county_id):
            if not Adoption.objects.filter(county_id=county_id, pack_key=version.key, until=None).exists():
                continue
            kinds = Counter(
                Organisation.objects.filter(county_id=county_id, closed=None).values_list("kind", flat=True)
            )
        bound = {kind for _, who in rules for kind in who}
        organisations += sum(kinds[kind] for kind in bound)
        changed = touched.get("rules", frozenset())
        duties += sum(kinds[kind] for key, who in rules if key in changed for kind in who)
    return Impact(organisations, duties)
