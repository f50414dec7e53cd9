"""Recording what agencies did at a venue; what they did proves, what they found raises a hazard at the
schools concerned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from huyuan.duties.queries.words import acts
from huyuan.kernel.days import day_of
from huyuan.kernel.errors import Refused
from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Organisation
from huyuan.orgs.permissions import not_found, require
from huyuan.orgs.session import acting, widened
from huyuan.perimeter.models import CheckFile, CheckParty, Near, Venue, VenueCheck
from huyuan.perimeter.queries.kinds import kinds, name_of
from huyuan.perimeter.queries.rings import concerned, neighbours, rings
from huyuan.perimeter.queries.venues import seen
from huyuan.perimeter.rules import CHECK, WITHIN, bands
from huyuan.registers.effects import SINKS, ActDone, Effect, EventRaised, Header
from huyuan.registers.queries.proxies import agencies_of
from huyuan.trace import actions as trace
from huyuan.trace.models import File

SURVEY, RECTIFICATION, HAZARD = "perimeter-survey", "rectification-action", "hazard.found"
CLEANING = ("clean-up", "closure")
"""What is more than looking."""


@dataclass(frozen=True)
class Found:
    """What was done and found. `parties`: other agencies that took part; `photos`, `sheet`: stored files with
    their names, the sheet being what all of them signed."""

    action: str
    at: datetime
    good: bool
    what: str = ""
    people: int | None = None
    parties: Sequence[UUID] = ()
    photos: Mapping[UUID, str] | None = None
    sheet: Mapping[UUID, str] | None = None


def record_check(
    *,
    actor: Actor,
    org_id: UUID,
    venue_id: UUID,
    client_id: UUID,
    found: Found,
    recorded_by: UUID | None = None,
    now: datetime,
) -> VenueCheck:
    """Record a check in the name of `org_id`: the actor's own organisation, or an agency for which its
    organisation `recorded_by` records (代录). A repeat with the same `client_id` gives the first one.

    Raises Refused: `invalid-check` (`errors`: field → sentence), `closed-venue`, `conflict-client-id`,
    `missing-sheet` where an agency's check is recorded without the sheet that it signed.
    """
    with acting(actor):
        require_agency(actor, org_id, recorded_by)
        if actor.person_id is None:
            raise not_found()
        venue = seen(actor).filter(id=venue_id).first()
        if venue is None:
            raise not_found()
        first = VenueCheck.objects.filter(county_id=actor.county_id, client_id=client_id).first()
        if first:
            return repeated(first, venue_id, found)
        if venue.closed and found.action != "reopened":
            raise Refused("closed-venue", "这个场所已经登记关停，不用再检查。重新开业的，请新登记一个场所。")
        look_through(actor, org_id, recorded_by, found, now)
        check = VenueCheck.objects.create(
            county_id=actor.county_id,
            venue=venue,
            org_id=org_id,
            recorded_by_org_id=recorded_by,
            client_id=client_id,
            action=found.action,
            at=found.at,
            people=found.people,
            good=found.good,
            what=found.what.strip(),
            recorded_at=now,
            recorded_by_id=actor.person_id,
            recorded_by_name=actor.name,
        )
        CheckParty.objects.bulk_create(
            CheckParty(county_id=actor.county_id, venue_check=check, org_id=party, signed=bool(found.sheet))
            for party in dict.fromkeys(found.parties)
        )
        CheckFile.objects.bulk_create(
            CheckFile(
                county_id=actor.county_id, venue_check=check, kind=kind, file_id=file_id, name=name[:120]
            )
            for kind, kept in (("photo", found.photos), ("sheet", found.sheet))
            for file_id, name in (kept or {}).items()
        )
        said = {
            "venue": str(venue.id), "action": check.action, "at": check.at, "good": check.good,
            "people": check.people, "parties": [str(party) for party in found.parties],
        }  # fmt: skip
        trace.record(
            actor.snapshot(), "venue.check", "perimeter_venuecheck", check.id, org_id, None, said, now=now
        )
        hand_on(check, venue, found, now)
        return check


def void_check(*, actor: Actor, check_id: UUID, reason: str, now: datetime) -> VenueCheck:
    """The check never was: nothing that came of it counts any more. Whoever recorded it, or its agency,
    says so. Raises Refused `missing-reason`."""
    with acting(actor):
        check = VenueCheck.objects.select_for_update().filter(id=check_id, county_id=actor.county_id).first()
        if check is None or not seen(actor).filter(id=check.venue_id).exists():
            raise not_found()
        require(actor, "venue.check", check.recorded_by_org_id or check.org_id)
        if not reason.strip():
            raise Refused("missing-reason", "请写明作废的原因，方便日后核对。")
        if check.voided_at is None:
            check.voided_at, check.void_reason = now, reason.strip()[:200]
            check.save(update_fields=["voided_at", "void_reason"])
            said = {"reason": check.void_reason}
            trace.record(
                actor.snapshot(), "venue.check-void", "perimeter_venuecheck", check.id, check.org_id,
                None, said, now=now,
            )  # fmt: skip
            # What was raised at schools is theirs, out of the reach of the agency that checked.
            schools = Near.objects.filter(venue_id=check.venue_id).values_list("org_id", flat=True)
            with widened({*actor.viewers, check.org_id, *schools}):
                for sink in SINKS:
                    sink.void(check.id, now)
        return check


# ---- parts -----------------------------------------------------------------------------------------------
def require_agency(actor: Actor, org_id: UUID, recorded_by: UUID | None) -> None:
    """May the actor record checks of this organisation? Raises Refused."""
    require(actor, "venue.check", recorded_by or org_id)
    if recorded_by and org_id not in {one.id for one in agencies_of(actor, recorded_by)}:
        raise not_found()


def repeated(first: VenueCheck, venue_id: UUID, found: Found) -> VenueCheck:
    """The check of the first time, for a repeat. Another one under the same id is a conflict."""
    if (first.venue_id, first.action, first.good, first.what) != (
        venue_id,
        found.action,
        found.good,
        found.what.strip(),
    ):
        raise Refused(
            "conflict-client-id", "这一次登记已经收到过，内容却不同，先收到的有效。请刷新后重新登记。"
        )
    return first


def look_through(actor: Actor, org_id: UUID, recorded_by: UUID | None, found: Found, now: datetime) -> None:
    """Is what is said of a check whole? Raises Refused."""
    parties = set(found.parties)
    known = Organisation.objects.filter(id__in=parties, county_id=actor.county_id).count() if parties else 0
    stored = {*(found.photos or {}), *(found.sheet or {})}
    there = File.objects.filter(id__in=stored, county_id=actor.county_id).count() if stored else 0
    errors = {
        name: sentence
        for name, wrong, sentence in (
            ("action", found.action not in dict(VenueCheck.ACTIONS), "请选择做了什么。"),
            ("what", not found.good and not found.what.strip(), "发现问题的，请写明是什么问题。"),
            ("what", len(found.what) > 500, "最多500字，请缩短。"),
            ("at", found.at > now, "时间不能晚于现在。"),
            ("people", found.people is not None and found.people < 1, "参加人数至少1人。"),
            ("partner", known != len(parties) or org_id in parties, "请重新选择一起检查的单位。"),
            ("photos", there != len(stored), "照片没有收到，请重新选择。"),
        )
        if wrong
    }
    if recorded_by and not found.sheet:
        errors["sheet"] = "替别的单位登记，请上传对方签字的检查记录照片。"
    if errors:
        raise Refused("invalid-check", "还有内容需要改，已填的都还在。", errors=errors)


def hand_on(check: VenueCheck, venue: Venue, found: Found, now: datetime) -> None:
    """Hand the acts on to the agency and whoever signed, and a bad finding to each school concerned."""
    near = neighbours(venue.id)
    signed = frozenset(found.parties) if found.sheet else frozenset()
    header = Header(
        "perimeter", check.id, check.county_id, check.org_id, now, recorder_id=check.recorded_by_org_id
    )
    done = acts_of(check, venue, near[0].metres if near else None, found.parties)
    for sink in SINKS:
        sink.record(header, done, frozenset({check.org_id}) | signed, now)
    if check.good:
        return
    day = day_of(check.at)
    about = f"{venue.name}（{name_of(venue.kind)}）：{check.what}"[:200]
    for number, school in enumerate(concerned(near, venue.kind, rings(check.county_id, day)), len(done)):
        raised = EventRaised(
            HAZARD, ("area=perimeter", "fixed=no", "severity=minor"), check.at, number, about=about
        )
        at_school = Header(
            "perimeter", check.id, check.county_id, school.org_id, now, recorder_id=check.org_id
        )
        for sink in SINKS:
            sink.record(at_school, [raised], frozenset({school.org_id}), now)


def acts_of(check: VenueCheck, venue: Venue, metres: int | None, parties: Sequence[UUID]) -> list[Effect]:
    """The acts that a check is: of the place itself, of the survey of its category, and where it went beyond
    looking, of a joint clean-up. `metres`: to the nearest school."""
    kind = kinds().get(venue.kind)
    partners = tuple(str(party) for party in parties)
    within = next((one.values for one in acts()[CHECK].qualifiers if one.key == WITHIN), {})
    quals = [
        (CHECK, {f"venues={venue.kind}", f"done={check.action}"}
         | {f"{WITHIN}={band}" for band in bands(metres, within)}),
    ]  # fmt: skip
    if kind and kind.survey and metres is not None:
        quals.append((SURVEY, {f"category={kind.survey}"}))
    if check.action in CLEANING and metres is not None:
        quals.append((RECTIFICATION, {"scope=perimeter", f"venues={venue.kind}"}))
    return [
        ActDone(act, tuple(sorted(tokens)), check.at, index, people=check.people, partners=partners)
        for index, (act, tokens) in enumerate(quals)
    ]
