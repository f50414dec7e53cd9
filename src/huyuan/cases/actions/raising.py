"""A matter becomes known: somebody reports it, or an entry of a form says so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from psycopg.errors import UniqueViolation

from huyuan.cases import queries
from huyuan.cases.actions.stepping import Uploads, keep_files, named, tell_all, unnamed
from huyuan.cases.models import Case, Numbering, Part, Step
from huyuan.cases.rules import AREAS, FOUND, SETTLED, WAYS, tokens
from huyuan.cases.schema import CaseSpec
from huyuan.kernel.copying import insert_rows
from huyuan.kernel.days import day_of, end_of
from huyuan.kernel.errors import Refused
from huyuan.kernel.finding import plain
from huyuan.kernel.ids import uuid7
from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Organisation, Place
from huyuan.orgs.permissions import holding_for, not_found, require
from huyuan.orgs.session import current, widened
from huyuan.registers import effects
from huyuan.registers.effects import EventRaised, Header, act_id
from huyuan.registers.models import Entry
from huyuan.trace import actions as trace

CLIENT_ONCE = "cases_case_client"


def found(
    *,
    actor: Actor,
    org_id: UUID,
    client_id: UUID,
    category: str,
    spot: str,
    description: str = "",
    area: str = "inside",
    severity: str = "",
    branch: str = "",
    place_id: UUID | None = None,
    cannot_fix_now: bool = False,
    multi_department: bool = False,
    breach: str = "",
    photos: Uploads | None = None,
    kind: str = queries.HAZARD,
    people: int | None = None,
    source: str = "",
    source_id: UUID | None = None,
    now: datetime,
) -> Case:
    """Report a hazard at an organisation, or another `kind` of matter; a repeat with the same `client_id`
    gives the case of the first time. `people`: how many are concerned; `source`, `source_id`: what it was
    taken up from. Raises Refused: `unknown-category`, `missing-spot`, `conflict-device`, `names-somebody`."""
    spec, confidential = queries.spec_of(kind), WAYS[kind].confidential
    may = "dispute.report" if confidential else "case.report"
    require(actor, may, org_id)
    holding = holding_for(actor, may, org_id)
    if holding is None or actor.person_id is None:
        raise not_found()
    about, spot = spec.category(category), spot.strip()[:120]
    grave = spec.severity(severity).key
    if about is None or area not in AREAS:
        raise Refused("unknown-category", "请从列表里选择类别和位置。")
    place = Place.objects.filter(id=place_id, org_id=org_id).first() if place_id else None
    spot = spot or (place.name if place else "")
    if not spot:
        raise Refused("missing-spot", "请写明在哪里，如：东侧楼梯。")
    if confidential:
        unnamed(spot, description)
    case = Case(
        id=uuid7(),
        county_id=actor.county_id,
        kind=spec.key,
        confidential=confidential,
        org_id=org_id,
        place=place,
        area=area,
        spot=spot,
        description=description.strip()[:500],
        category=category,
        branch=branch if branch in {one.key for one in about.branches} else "",
        severity=grave,
        cannot_fix_now=cannot_fix_now,
        multi_department=multi_department,
        breach=breach,
        level=spec.levels[0].key,
        desk_id=org_id,
        client_id=client_id,
        source=source,
        source_id=source_id,
        place_in_source=0 if source else None,
        reporter_org_id=holding.org_id,
        reporter_id=actor.person_id,
        reporter_name=actor.name,
        occurred_at=now,
        recorded_at=now,
    )
    case.event_id = act_id(case.id, 0)
    try:
        with transaction.atomic():
            number_and_say([case], spec, now)
            case.save(force_insert=True)
            step = first_step(case, FOUND)
            step.detail = [["涉及人数", f"{people}人"]] if people else []
            step.save(force_insert=True)
            keep_files(step, {"before": photos or {}})
            start_clock(case, now)
            said = {"number": case.number, "category": category, "severity": grave}
            if not confidential:
                said["spot"] = spot
            trace.record(
                actor.snapshot(), f"case.{FOUND}", "case", case.id, holding.org_id, None, said, now=now
            )
            if holding.org_id != org_id:
                tell_all(case, FOUND, {org_id: f"{holding.org_name}报来隐患：{named(case)}"}, now)
            return case
    except IntegrityError as error:
        cause = error.__cause__
        if not isinstance(cause, UniqueViolation) or cause.diag.constraint_name != CLIENT_ONCE:
            raise
    first = Case.objects.filter(county_id=actor.county_id, client_id=client_id).first()
    if first is None or (first.reporter_id, first.org_id, first.spot) != (actor.person_id, org_id, spot):
        raise Refused("conflict-device", "这一件的编号已被别的上报使用，没有保存。请重新打开上报页再报一次。")
    return first


def start_clock(case: Case, now: datetime) -> None:
    """The event that the case is: rules that wait for it start to run."""
    quals = {
        "severity": case.severity,
        "category": case.category,
    }
    if not case.confidential:
        quals |= {
            "area": case.area,
            "fixed": "no",
            "cannot-fix-now": "yes" if case.cannot_fix_now else "no",
            "multi-department": "yes" if case.multi_department else "no",
        }
    spec = queries.spec_of(case.kind)
    raised = EventRaised(
        event=spec.raised_by[0].event,
        quals=tuple(sorted(f"{key}={value}" for key, value in quals.items())),
        occurred_at=case.occurred_at,
        index=0,
        about=case.number if case.confidential else f"{case.spot}，{case.description}".rstrip("，"),
    )
    header = Header("case", case.id, case.county_id, case.org_id, now, recorder_id=case.reporter_org_id)
    for sink in effects.SINKS:
        sink.record(header, [raised], frozenset({case.org_id}), now)


def start_part_clock(case: Case, part: Part, since: datetime, now: datetime) -> None:
    """What an organisation got is an event of its own: its clock runs apart from the school's. `since`: when
    the part was first given to anybody; handing on restarts nothing."""
    event = queries.spec_of(case.kind).given
    if event is None or part.org_id == case.org_id:
        return
    quals = [f"category={case.category}"]
    if not case.confidential:
        quals += [f"area={case.area}", f"severity={case.severity}"]
    raised = EventRaised(
        event=event,
        quals=tuple(sorted(quals)),
        occurred_at=since,
        index=0,
        about=case.number if case.confidential else f"{case.spot}，{case.description}".rstrip("，"),
    )
    header = Header("case", part.id, case.county_id, part.org_id, now, recorder_id=part.giver_id)
    with widened({*current().viewers, part.org_id}):
        for sink in effects.SINKS:
            sink.record(header, [raised], frozenset({part.org_id}), now)


def drop_part_clock(part: Part, now: datetime) -> None:
    """It was sent back, handed on or taken back: it is none of its business any more."""
    with widened({*current().viewers, part.org_id}):
        for sink in effects.SINKS:
            sink.void(part.id, now)


@dataclass(frozen=True)
class Finding:
    """A finding of an entry that opens a case: the how manieth it is, and what is said of it."""

    spec: CaseSpec
    header: Header
    event: EventRaised
    settled: bool
    place: int


def open_all(findings: Sequence[Finding], spec: CaseSpec, now: datetime) -> None:
    """Cases for findings of entries, one each; those known before are left. A handful of statements."""
    ids = [act_id(one.header.source_id, one.event.index) for one in findings]
    known = set(Case.objects.filter(event_id__in=ids).values_list("event_id", flat=True))
    new = [(one, key) for one, key in zip(findings, ids, strict=True) if key not in known]
    if not new:
        return
    sources = {one.header.source_id for one, _ in new}
    entries = {
        entry.id: entry
        for entry in Entry.objects.filter(id__in=sources).only("id", "filler_id", "filler_name", "number")
    }
    cases, steps, parts = [], [], []
    photos: list[tuple[Step, Uploads]] = []
    for finding, key in new:
        case = of_finding(finding, key, entries.get(finding.header.source_id))
        cases.append(case)
        step = first_step(case, FOUND)
        steps.append(step)
        photos.append((step, {UUID(one): "照片" for one in finding.event.details.get("photos", ())}))
        if finding.settled:
            steps.append(first_step(case, SETTLED))
        elif case.due_at:
            parts.append(own_part(case, finding))
    number_and_say(cases, spec, now)
    insert_rows(cases)
    insert_rows(parts)
    insert_rows(steps)
    for step, files in photos:
        if files:
            keep_files(step, {"before": files})
    actor = current()
    trace.record_all(
        actor.snapshot(),
        [
            trace.Act(f"case.{FOUND}", "case", case.id, case.org_id, None, {"number": case.number})
            for case in cases
        ],
        now=now,
    )


def of_finding(finding: Finding, event_id: UUID, entry: Entry | None = None) -> Case:
    """The unsaved case of a finding: closed where it was dealt with on the spot, in the organisation's own
    hands where the entry sets a deadline, else to be dealt with."""
    header, event, spec = finding.header, finding.event, finding.spec
    quals, details = tokens(event.quals), event.details
    recorded = header.confirmed_at or header.recorded_at
    org_id = UUID(details["org"]) if details.get("org") else header.org_id
    about = spec.category(quals.get("category", "")) or spec.categories[-1]
    spot = str(details.get("spot") or event.about or "未写明位置")
    due = end_of(date.fromisoformat(details["due"])) if details.get("due") and not finding.settled else None
    state = "closed" if finding.settled else "working" if due else "found"
    return Case(
        id=uuid7(),
        county_id=header.county_id,
        kind=spec.key,
        confidential=WAYS[spec.key].confidential,
        org_id=org_id,
        area=quals.get("area", "inside"),
        spot=spot[:120],
        description=str(details.get("description", ""))[:500],
        category=about.key,
        severity=spec.severity(quals.get("severity", "")).key,
        cannot_fix_now=quals.get("cannot-fix-now") == "yes",
        multi_department=quals.get("multi-department") == "yes",
        state=state,
        level=spec.levels[0].key,
        desk_id=None if finding.settled else org_id,
        event_id=event_id,
        source=header.source,
        source_id=header.source_id,
        place_in_source=finding.place,
        reporter_org_id=header.recorder_id or header.org_id,
        reporter_id=entry.filler_id if entry else None,
        reporter_name=entry.filler_name if entry else "",
        occurred_at=min(event.occurred_at, recorded),
        recorded_at=recorded,
        due_at=due,
        judged_at=due,
        fixed_at=recorded if finding.settled else None,
        closed_at=recorded if finding.settled else None,
    )


def own_part(case: Case, finding: Finding) -> Part:
    """What the entry says that the organisation itself puts right."""
    return Part(
        id=uuid7(),
        county_id=case.county_id,
        case=case,
        org_id=case.org_id,
        giver_id=case.reporter_org_id,
        state="accepted",
        responsible=str(finding.event.details.get("responsible", ""))[:60],
        offered_at=case.recorded_at,
        accepted_at=case.recorded_at,
    )


def first_step(case: Case, verb: str) -> Step:
    """How its history begins."""
    return Step(
        id=uuid7(),
        county_id=case.county_id,
        case=case,
        verb=verb,
        by_id=case.reporter_org_id,
        person_name=case.reporter_name,
        state=case.state,
        text=case.description,
        occurred_at=case.occurred_at,
        recorded_at=case.recorded_at,
    )


def number_and_say(cases: Sequence[Case], spec: CaseSpec, now: datetime) -> None:
    """Numbers of the county's year, in the order of the cases: 隐患〔2026〕12号; and what search looks
    through."""
    names = dict(Organisation.objects.filter(id__in={one.org_id for one in cases}).values_list("id", "name"))
    year = day_of(now).year
    last = take_numbers(cases[0].county_id, spec.key, year, len(cases))
    for number, case in enumerate(cases, start=last - len(cases) + 1):
        case.number = f"{spec.title}〔{year}〕{number}号"
        about = spec.category(case.category)
        said = (names[case.org_id], case.number, case.spot, case.description, about.zh if about else "")
        case.said = plain("，".join(part for part in said if part))


TAKE = f"""
INSERT INTO {Numbering._meta.db_table} AS taken (county_id, kind, year, last) VALUES (%s, %s, %s, %s)
ON CONFLICT (county_id, kind, year) DO UPDATE SET last = taken.last + excluded.last RETURNING last
"""


def take_numbers(county_id: int, kind: str, year: int, count: int) -> int:
    """The last of `count` numbers that nobody else gets."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [county_id, kind, year, count])
        last: int = cursor.fetchone()[0]
        return last
