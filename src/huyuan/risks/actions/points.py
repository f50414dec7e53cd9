"""Risk points: write down, take over from the regional list, correct, review, remove; a list gone through."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from django.db import transaction

from huyuan.kernel.days import day_of
from huyuan.kernel.errors import Refused
from huyuan.kernel.fields import Field, parse
from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Organisation
from huyuan.orgs.permissions import not_found, require
from huyuan.registers.effects import SINKS, ActDone, Header
from huyuan.risks import queries
from huyuan.risks.models import RiskPoint, RiskReview, RiskRound, RiskVersion
from huyuan.risks.permissions import REGIONAL
from huyuan.risks.rules import notices as texts
from huyuan.risks.rules import points as rules
from huyuan.trace import actions as trace

Answers = Mapping[str, list[str]]
POINT_ACT, LIST_ACT = "risk-point-review", "risk-review"
WATCHES = ("safety-officer", "vice-principal-safety", "head")
"""Who watches a point taken over from the regional list, until the school says otherwise: the first of these
posts that it has."""


def asking(org: Organisation) -> tuple[Field, ...]:
    """What is asked about a risk point of this organisation."""
    return rules.composing(
        queries.hazard_words("category"),
        queries.hazard_words("severity"),
        queries.places_of(org.id),
        queries.posts_of(org.id),
        org.kind in REGIONAL,
    )


def risk_point_add(
    *, actor: Actor, org_id: UUID, client_id: UUID, answers: Answers, now: datetime
) -> RiskPoint:
    """Write a risk point into the list of an organisation; a repeat with the same `client_id` gives the first
    one. Raises Refused: `invalid-risk-point` (`errors`: field → sentence)."""
    with transaction.atomic():
        org = keeping(actor, org_id)
        body = checked(org, answers, now)
        first = RiskPoint.objects.filter(county_id=actor.county_id, client_id=client_id).first()
        if first:
            if first.org_id != org_id:
                raise Refused("conflict-client-id", "这一条已经记下了别的内容，先记的有效。请重新打开再填。")
            return first
        point = RiskPoint.objects.create(
            county_id=actor.county_id,
            org=org,
            regional=org.kind in REGIONAL,
            client_id=client_id,
            review_on=date.fromisoformat(body["review_on"]),
        )
        write(actor, point, body, now)
        record(actor, "risk-point.add", "risk_point", point.id, org_id, {"what": body["what"]}, now)
        return point


def risk_point_correct(
    *, actor: Actor, point_id: UUID, number: int, answers: Answers, now: datetime
) -> RiskPoint:
    """Say it anew: a new version, the old one stays readable. `number`: the version that was corrected.

    Raises Refused: `invalid-risk-point`, `stale-risk-point` (somebody else was faster),
    `closed-risk-point`."""
    with transaction.atomic():
        point = locked(actor, point_id)
        body = checked(point.org, answers, now)
        old = RiskVersion.objects.get(point=point, standing=True)
        if old.number != number:
            raise Refused("stale-risk-point", "这处风险点刚被别人更正过，您填的还没有存。请先看新的内容。")
        old.standing = False
        old.save(update_fields=["standing"])
        point.review_on = date.fromisoformat(body["review_on"])
        point.save(update_fields=["review_on"])
        write(actor, point, body, now, number + 1)
        said = {"what": body["what"], "version": number + 1}
        record(actor, "risk-point.correct", "risk_point", point.id, point.org_id, said, now)
        return point


def risk_point_adopt(*, actor: Actor, point_id: UUID, org_id: UUID, now: datetime) -> RiskPoint:
    """Take an item of the regional list over into a school's ledger, as it stands there; the school then says
    where exactly it is. A second time gives the first one."""
    with transaction.atomic():
        org = keeping(actor, org_id)
        origin = queries.point_seen(actor, point_id)
        if not origin.regional or org.kind in REGIONAL:
            raise not_found()
        if origin.removed_on:
            raise Refused("closed-risk-point", "这一条已从区域清单销去，不能再采用。")
        text = RiskVersion.objects.get(point=origin, standing=True)
        # Two people pressing at once: one writes it, both get it.
        Organisation.objects.select_for_update(no_key=True).get(id=org_id)
        taken = RiskPoint.objects.filter(org=org, origin=origin, removed_on=None).first()
        if taken:
            return taken
        point = RiskPoint.objects.create(
            county_id=actor.county_id,
            org=org,
            origin=origin,
            client_id=uuid_of(origin, org, RiskPoint.objects.filter(org=org, origin=origin).count()),
            review_on=max(origin.review_on, day_of(now)),
        )
        posts = queries.posts_of(org_id)
        body = {name: getattr(text, name) for name in (*rules.TEXTS, "category", "level", "major_source")}
        body["watch_post"] = next((post for post in WATCHES if post in posts), WATCHES[0])
        write(actor, point, body, now)
        said = {"what": text.what, "origin": str(origin.id)}
        record(actor, "risk-point.adopt", "risk_point", point.id, org_id, said, now)
        return point


def risk_point_review(
    *, actor: Actor, point_id: UUID, client_id: UUID, found: str, next_on: date | None, now: datetime
) -> RiskReview:
    """Somebody looked at it again. Raises Refused: `missing-text`, `invalid-text`, `invalid-day`,
    `closed-risk-point`."""
    with transaction.atomic():
        point = locked(actor, point_id)
        said = found.strip()[:500]
        if not said or actor.person_id is None:
            raise Refused("missing-text", "请写明复查的情况，如“护栏完好，已加固底座”。")
        if why := texts.personal(said):
            raise Refused("invalid-text", f"{why}。")
        if next_on is None or rules.review_error(next_on, day_of(now)):
            raise Refused("invalid-day", "请填写下次复查日期，应在今天以后。")
        review = RiskReview(
            county_id=point.county_id, point=point, client_id=client_id, at=now, by_id=actor.person_id,
            by_name=actor.name, found=said, next_on=next_on,
        )  # fmt: skip
        RiskReview.objects.bulk_create([review], ignore_conflicts=True)
        stored = RiskReview.objects.filter(county_id=point.county_id, client_id=client_id).first()
        if stored is None or (stored.point_id, stored.found) != (point.id, said):
            raise Refused("conflict-client-id", "这一次复查已经记下了别的内容，先记的有效。请刷新后再写。")
        if stored.id == review.id:
            point.review_on = next_on
            point.save(update_fields=["review_on"])
            told = {"found": said, "next": next_on}
            record(actor, "risk-point.review", "risk_point", point.id, point.org_id, told, now)
            prove(review.id, point.org_id, point.county_id, POINT_ACT, (), now)
        return stored


def risk_point_remove(*, actor: Actor, point_id: UUID, reason: str, now: datetime) -> RiskPoint:
    """The risk is gone (销去), with the reason; it stays readable. A second time changes nothing.
    Raises Refused `missing-reason`, `invalid-text`."""
    with transaction.atomic():
        point = seen_and_locked(actor, point_id)
        if point.removed_on:
            return point
        why = reason.strip()[:200]
        if not why:
            raise Refused("missing-reason", "请写明为什么销去，如“围墙已重建，经验收合格”。")
        if person := texts.personal(why):
            raise Refused("invalid-text", f"{person}。")
        point.removed_on, point.remove_reason = day_of(now), why
        point.save(update_fields=["removed_on", "remove_reason"])
        record(actor, "risk-point.remove", "risk_point", point.id, point.org_id, {"reason": why}, now)
        return point


def risk_list_review(*, actor: Actor, org_id: UUID, client_id: UUID, now: datetime) -> RiskRound:
    """The whole list was gone through. Raises Refused: `missing-points` (there is nothing in it),
    `open-reviews` (something in it should have been looked at first)."""
    with transaction.atomic():
        org = keeping(actor, org_id)
        first = RiskRound.objects.filter(county_id=actor.county_id, client_id=client_id, org=org).first()
        if first:
            return first
        points = list(RiskPoint.objects.select_for_update().filter(org=org, removed_on=None))
        if not points or actor.person_id is None:
            raise Refused("missing-points", "还没有登记风险点。请先登记，或从区域清单采用。")
        late = sum(rules.overdue(point.review_on, None, day_of(now)) for point in points)
        if late:
            raise Refused("open-reviews", f"还有{late}处到期没有复查，先复查完再记这次梳理。", late=late)
        done = RiskRound.objects.create(
            county_id=actor.county_id, org=org, client_id=client_id, points=len(points), at=now,
            by_id=actor.person_id, by_name=actor.name,
        )  # fmt: skip
        record(actor, "risk-list.review", "risk_round", done.id, org_id, {"points": len(points)}, now)
        which = "region" if org.kind in REGIONAL else "school"
        prove(done.id, org_id, org.county_id, LIST_ACT, (f"list={which}",), now)
        return done


# ---- parts
# ---------------------------------------------------------------------------------------------------------
def keeping(actor: Actor, org_id: UUID) -> Organisation:
    """An organisation whose list the actor keeps."""
    require(actor, "risk-point.keep", org_id)
    org = Organisation.objects.get(id=org_id)
    if not queries.keeps_list(org.kind):
        raise not_found()
    return org


def seen_and_locked(actor: Actor, point_id: UUID) -> RiskPoint:
    """A point of a list that the actor keeps, under a row lock; one that is only seen is `forbidden`."""
    seen = queries.point_seen(actor, point_id)
    if seen.org_id not in queries.keepers_lists(actor):
        raise Refused("forbidden", "这处风险点由登记它的单位更正、复查、销去。如有问题请与该单位联系。")
    return RiskPoint.objects.select_for_update(of=("self",)).select_related("org").get(id=point_id)


def locked(actor: Actor, point_id: UUID) -> RiskPoint:
    """The same, still in force. Raises Refused `closed-risk-point`."""
    point = seen_and_locked(actor, point_id)
    if point.removed_on:
        raise Refused("closed-risk-point", "这处风险点已经销去，不能再改。情况又有了，请重新登记。")
    return point


def checked(org: Organisation, answers: Answers, now: datetime) -> dict[str, Any]:
    """What was answered. Raises Refused `invalid-risk-point`."""
    fields = asking(org)
    parsed, errors = parse(fields, answers)
    body: dict[str, Any] = dict(parsed)
    labels = {field.id: field.label for field in fields}
    errors |= texts.impersonal(labels, {name: body[name] for name in rules.TEXTS if name in body})
    if "review_on" in body:
        why = rules.review_error(date.fromisoformat(body["review_on"]), day_of(now))
        errors |= {"review_on": why} if why else {}
    if errors:
        raise Refused("invalid-risk-point", f"还有{len(errors)}处需要改，已填的都还在。", errors=errors)
    return body


def write(
    actor: Actor, point: RiskPoint, body: Mapping[str, Any], now: datetime, number: int = 1
) -> RiskVersion:
    """A version of a point."""
    if actor.person_id is None:
        raise not_found()
    return RiskVersion.objects.create(
        county_id=point.county_id,
        point=point,
        number=number,
        **{name: body[name] for name in (*rules.TEXTS, "category", "level", "watch_post")},
        place_id=body.get("place"),
        major_source=bool(body["major_source"]),
        written_at=now,
        written_by_id=actor.person_id,
        written_by_name=actor.name,
    )


def uuid_of(origin: RiskPoint, org: Organisation, before: int) -> UUID:
    """The client id of an item taken over: one tap sends none."""
    return uuid5(NAMESPACE_OID, f"{origin.id}/{org.id}/{before}")


def prove(
    source_id: UUID, org_id: UUID, county_id: int, act: str, quals: tuple[str, ...], now: datetime
) -> None:
    """Hand the act on."""
    header = Header("risk", source_id, county_id, org_id, now)
    for sink in SINKS:
        sink.record(header, [ActDone(act, quals, now, 0)], frozenset({org_id}), now)


def record(
    actor: Actor,
    verb: str,
    kind: str,
    object_id: UUID,
    org_id: UUID,
    said: Mapping[str, object],
    now: datetime,
) -> None:
    """What the trace keeps of a step."""
    trace.record(actor.snapshot(), verb, kind, object_id, org_id, None, dict(said), now=now)
