"""Risk notices: issue, sign for, say what was done, withdraw, chase. Order inside: transaction, lock,
require, rule, write, trace, effects, messages."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from huyuan.kernel.datum import wgs84
from huyuan.kernel.days import day_of, end_of
from huyuan.kernel.errors import Refused
from huyuan.kernel.fields import Field, parse
from huyuan.notify.actions import Line, send_all
from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Organisation, Post
from huyuan.orgs.permissions import not_found, reached, require
from huyuan.registers.effects import SINKS, ActDone, Header
from huyuan.registers.rules import SHEET
from huyuan.risks import queries
from huyuan.risks.models import RiskMeasure, RiskNotice, RiskReceipt
from huyuan.risks.permissions import ANSWERING
from huyuan.risks.queries import Audience
from huyuan.risks.rules import notices as rules
from huyuan.trace import actions as trace
from huyuan.trace import files
from huyuan.trace.models import File

Answers = Mapping[str, list[str]]
Uploads = Mapping[UUID, str]
"""Files stored for this request: id → the name under which they were sent."""
NOTICE_ACT, MEASURES_ACT = "risk-notice", "risk-measures"


@dataclass(frozen=True)
class Writing:
    """A notice about to be written: in whose name, recorded by whom (代录), to whom it may go, what is asked
    of its writer."""

    org_id: UUID
    recorded_by: UUID | None
    audience: Audience
    fields: tuple[Field, ...]


def writing(actor: Actor, org_id: UUID, recorded_by: UUID | None) -> Writing:
    """What the actor may write in the name of `org_id`. Raises Refused `not-found` where that is nothing,
    `missing-schools` where nobody is there to be warned."""
    if recorded_by is None:
        if org_id not in queries.issuers(actor):
            require(actor, "risk-notice.issue", org_id)
            raise not_found()
    elif org_id not in queries.recorders(actor).get(recorded_by, {}):
        raise not_found()
    audience = queries.audience(org_id, recorded_by)
    if not audience.schools:
        raise Refused("missing-schools", "还没有联系的学校可发。请教育局先在“联系单位”里排定。")
    fields = rules.composing(
        {key: kind.zh for key, kind in queries.kinds().items()},
        {str(key): name for key, name in audience.towns.items()},
        {str(key): name for key, name in audience.schools.items()},
        SHEET if recorded_by else None,
    )
    return Writing(org_id, recorded_by, audience, fields)


def risk_notice_issue(
    *,
    actor: Actor,
    org_id: UUID,
    client_id: UUID,
    answers: Answers,
    uploads: Uploads,
    recorded_by: UUID | None = None,
    replaces: UUID | None = None,
    now: datetime,
) -> RiskNotice:
    """Write a notice and send it at once; a repeat with the same `client_id` gives the first one.

    `replaces`: the notice that it corrects, which is withdrawn with it. Raises Refused: `invalid-risk-notice`
    (`errors`: field → sentence), `closed-risk-notice`, `conflict-client-id`.
    """
    with transaction.atomic():
        asked = writing(actor, org_id, recorded_by)
        first = RiskNotice.objects.filter(county_id=actor.county_id, client_id=client_id).first()
        parsed, errors = parse(asked.fields, answers)
        body: dict[str, Any] = dict(parsed)
        errors |= rules.impersonal(
            {field.id: field.label for field in asked.fields},
            {name: str(body[name]) for name in ("place", "measure") if name in body},
        )
        times = times_given(body) if not errors.keys() & {"starts", "ends", "expires", "kind"} else {}
        errors |= times_wrong(body, times, now) if times else {}
        if recorded_by and SHEET.id in body and not signed_paper(body[SHEET.id], uploads):
            errors[SHEET.id] = "请交签字表的照片或 PDF，不收表格和文档。"
        if errors or actor.person_id is None:
            raise Refused("invalid-risk-notice", f"还有{len(errors)}处需要改，已填的都还在。", errors=errors)
        if first:
            if (first.org_id, first.kind, first.place) != (org_id, body["kind"], body["place"]):
                raise Refused(
                    "conflict-client-id", "这一份已经发出过，先发的有效。请回到列表重新打开“发风险提示”。"
                )
            return first
        wanted = recipients(body, asked.audience)
        # One after the other: the numbers of a year have no gaps and no doubles.
        issuer = Organisation.objects.select_for_update(no_key=True).get(id=org_id)
        year = day_of(now).year
        year_of = f"{'代录' if recorded_by else ''}〔{year}〕"
        mine = RiskNotice.objects.filter(org=issuer, recorded_by_org=recorded_by)
        issued = mine.filter(number__startswith=year_of).count()
        notice = RiskNotice.objects.create(
            county_id=actor.county_id,
            org=issuer,
            client_id=client_id,
            number=f"{year_of}{issued + 1}号",
            kind=body["kind"],
            place=body["place"],
            **point_given(body),
            **times,
            measure=body["measure"],
            issued_at=now,
            sign_by=now + timedelta(hours=queries.kinds()[str(body["kind"])].sign_hours),
            written_by_id=actor.person_id,
            written_by_name=actor.name,
            replaces=replaced(actor, replaces, org_id, now) if replaces else None,
            recorded_by_org_id=recorded_by,
            sheet_id=UUID(body[SHEET.id][0]) if recorded_by else None,
        )
        RiskReceipt.objects.bulk_create(
            RiskReceipt(
                county_id=actor.county_id,
                notice=notice,
                issuer=issuer,
                keeper_id=notice.keeper_id,
                org_id=school,
            )
            for school in sorted(wanted)
        )
        if notice.replaces:
            end(actor, notice.replaces, f"已由{notice.number}更正", now)
        said = {"number": notice.number, "kind": notice.kind, "recipients": len(wanted)}
        record(actor, "risk-notice.issue", notice, notice.keeper_id, said, now)
        prove(notice, Header("risk", notice.id, notice.county_id, org_id, now, recorder_id=notice.keeper_id),
              NOTICE_ACT, now)  # fmt: skip
        tell(notice, wanted, "issued", f"{issuer.name}风险提示：{notice.place}", now)
        return notice


def risk_notice_sign(*, actor: Actor, risk_id: UUID, org_id: UUID, now: datetime) -> RiskReceipt:
    """Sign for it (签收). A second time changes nothing; once it is over there is nothing to sign for:
    `closed-risk-notice`."""
    with transaction.atomic():
        notice, receipt = received(actor, risk_id, org_id)
        if receipt.signed_at is None:
            still_in_force(notice, now)
            receipt.signed_at, receipt.signed_by_name = now, actor.name
            receipt.save(update_fields=["signed_at", "signed_by_name"])
            record(actor, "risk-notice.sign", notice, org_id, {"number": notice.number}, now)
        return receipt


def risk_notice_measures(
    *, actor: Actor, risk_id: UUID, org_id: UUID, client_id: UUID, text: str, now: datetime
) -> RiskMeasure:
    """Say what the school did; whoever says so has also signed. It may be said after the notice is over, too:
    things are written down in the evening. The same `client_id` again gives the first one.

    Raises Refused: `missing-text`, `invalid-text` (it holds what points to a person), `conflict-client-id`.
    """
    with transaction.atomic():
        notice, receipt = received(actor, risk_id, org_id)
        said = text.strip()[:500]
        if not said or actor.person_id is None:
            raise Refused("missing-text", "请写明做了什么，如“东门增加2名教职工值守”。")
        if why := rules.personal(said):
            raise Refused("invalid-text", f"{why}。")
        measure = RiskMeasure(
            county_id=notice.county_id,
            receipt=receipt,
            client_id=client_id,
            text=said,
            at=now,
            by_id=actor.person_id,
            by_name=actor.name,
        )
        RiskMeasure.objects.bulk_create([measure], ignore_conflicts=True)
        stored = RiskMeasure.objects.get(county_id=notice.county_id, client_id=client_id)
        if (stored.receipt_id, stored.text) != (receipt.id, said):
            raise Refused("conflict-client-id", "这一条已经记下了别的内容，先记的有效。请刷新后再写一条。")
        if stored.id != measure.id:
            return stored
        if receipt.signed_at is None:
            receipt.signed_at, receipt.signed_by_name = now, actor.name
            receipt.save(update_fields=["signed_at", "signed_by_name"])
        record(actor, "risk-notice.measures", notice, org_id, {"text": said}, now)
        prove(notice, Header("risk", measure.id, notice.county_id, org_id, now), MEASURES_ACT, now)
        return measure


def risk_notice_withdraw(*, actor: Actor, risk_id: UUID, reason: str, now: datetime) -> RiskNotice:
    """End it before its time, with a reason, which the schools are told. A second time changes nothing.
    Raises Refused: `missing-reason`, `invalid-text`, `closed-risk-notice` once it has expired."""
    with transaction.atomic():
        notice = locked(actor, risk_id)
        writers_only(actor, notice)
        if notice.withdrawn_at:
            return notice
        why = reason.strip()[:200]
        if not why:
            raise Refused("missing-reason", "请写明撤回的原因，学校会看到。")
        if person := rules.personal(why):
            raise Refused("invalid-text", f"{person}。")
        still_in_force(notice, now)
        end(actor, notice, why, now)
        return notice


def risk_notice_chase(*, actor: Actor, risk_id: UUID, now: datetime) -> int:
    """Ask those who have not signed once more: whoever wrote the notice all of them, the bureau its own
    schools. Each school is asked once, however often it is pressed. Returns how many were asked."""
    with transaction.atomic():
        notice = locked(actor, risk_id)
        still_in_force(notice, now)
        open_receipts = RiskReceipt.objects.filter(notice=notice, signed_at=None, org__closed=None)
        if not writes(actor, notice):
            own = reached(actor, "risk-notice.chase")
            open_receipts = open_receipts.filter(org__in=own)
            if not own:
                require(actor, "risk-notice.issue", notice.keeper_id)
        asked = set(open_receipts.values_list("org_id", flat=True))
        open_receipts.filter(chased_at=None).update(chased_at=now)
        tell(notice, asked, "chase", f"请签收{notice.org.name}的风险提示：{notice.place}", now)
        record(actor, "risk-notice.chase", notice, notice.keeper_id, {"schools": len(asked)}, now)
        return len(asked)


# ---- parts
# ---------------------------------------------------------------------------------------------------------
def locked(actor: Actor, risk_id: UUID) -> RiskNotice:
    """A notice that the actor may see, under a row lock."""
    queries.notice_seen(actor, risk_id)
    return RiskNotice.objects.select_for_update(of=("self",)).select_related("org").get(id=risk_id)


def writes(actor: Actor, notice: RiskNotice) -> bool:
    """Is it the actor's own notice, or one that it recorded?"""
    if notice.recorded_by_org_id:
        return notice.org_id in queries.recorders(actor).get(notice.recorded_by_org_id, {})
    return notice.org_id in queries.issuers(actor)


def writers_only(actor: Actor, notice: RiskNotice) -> None:
    """Raises Refused `forbidden` for whoever did not write it."""
    if not writes(actor, notice):
        raise Refused("forbidden", "这份提示由发布（代录）它的单位撤回、更正。如有问题请与发布单位联系。")


def received(actor: Actor, risk_id: UUID, org_id: UUID) -> tuple[RiskNotice, RiskReceipt]:
    """A notice and one of the actor's organisations that received it, the latter under a row lock."""
    require(actor, "risk-notice.sign", org_id)
    receipt = (
        RiskReceipt.objects.select_for_update(of=("self",))
        .select_related("notice")
        .filter(notice_id=risk_id, org_id=org_id)
        .first()
    )
    if receipt is None:
        raise not_found()
    return receipt.notice, receipt


def still_in_force(notice: RiskNotice, now: datetime) -> None:
    """Raises Refused `closed-risk-notice` once it has expired or was withdrawn."""
    state = rules.state_of(notice.expires_at, notice.withdrawn_at, now)
    if state != "in-force":
        raise Refused("closed-risk-notice", f"这份风险提示{rules.STATES[state]}，不用再办。", state=state)


def times_given(body: Mapping[str, Any]) -> dict[str, datetime]:
    """The span, and 24:00 of the last day of the notice, by the names of the columns."""
    return {
        "starts_at": datetime.fromisoformat(str(body["starts"])),
        "ends_at": datetime.fromisoformat(str(body["ends"])),
        "expires_at": end_of(date.fromisoformat(str(body["expires"]))),
    }


def times_wrong(body: Mapping[str, Any], times: Mapping[str, datetime], now: datetime) -> dict[str, str]:
    """Field → sentence for what is wrong with them."""
    days = queries.kinds()[str(body["kind"])].days
    return rules.wrong_times(times["starts_at"], times["ends_at"], times["expires_at"], days, now)


def point_given(body: Mapping[str, Any]) -> dict[str, float]:
    """The point in WGS-84; a name without a point is none."""
    point = body.get("point") or {}
    if "lat" not in point:
        return {}
    return wgs84(point["lat"], point["lng"], point["datum"])._asdict()


def signed_paper(ids: Sequence[str], uploads: Uploads) -> bool:
    """Is the file one that came with the form, and a photo or a PDF?"""
    came = {key for key in uploads if str(key) in ids}
    return File.objects.filter(id__in=came, media_type__in=files.SIGNED).exists()


def recipients(body: Mapping[str, Any], audience: Audience) -> set[UUID]:
    """The schools chosen; every choice was one that was offered."""
    match body["to"]:
        case "all":
            return set(audience.schools)
        case "town":
            towns = (UUID(key) for key in body.get("towns", ()))
            return set().union(*(audience.of_town[town] for town in towns))
    return {UUID(key) for key in body.get("schools", ())}


def replaced(actor: Actor, risk_id: UUID, org_id: UUID, now: datetime) -> RiskNotice:
    """The notice that another one corrects, under a row lock. Raises Refused where it is somebody else's, or
    over."""
    notice = locked(actor, risk_id)
    writers_only(actor, notice)
    if notice.org_id != org_id:
        raise not_found()
    still_in_force(notice, now)
    return notice


def end(actor: Actor, notice: RiskNotice, why: str, now: datetime) -> None:
    """It no longer holds, and those who received it are told."""
    notice.withdrawn_at, notice.withdraw_reason = now, why
    notice.save(update_fields=["withdrawn_at", "withdraw_reason"])
    record(actor, "risk-notice.withdraw", notice, notice.keeper_id, {"reason": why}, now)
    schools = set(RiskReceipt.objects.filter(notice=notice).values_list("org_id", flat=True))
    tell(notice, schools, "withdrawn", f"已撤回：{notice.org.name}风险提示（{notice.place}），{why}", now)


def tell(notice: RiskNotice, org_ids: Collection[UUID], what: str, text: str, now: datetime) -> None:
    """A message to everyone at these schools who signs for notices, once for each `what`."""
    posts = Post.objects.filter(org_id__in=org_ids, kind__in=ANSWERING).values_list("org_id", "kind")
    send_all(
        [
            Line(org_id, kind, f"risk:{notice.id}:{what}", text[:300], f"/risk-notices/{notice.id}/")
            for org_id, kind in posts.distinct()
        ],
        now=now,
    )


def prove(notice: RiskNotice, header: Header, act: str, now: datetime) -> None:
    """Hand the act on: of the police that warned, or of a school that saw to it."""
    done = ActDone(act, (), now, 0)
    for sink in SINKS:
        sink.record(header, [done], frozenset({header.org_id}), now)


def record(
    actor: Actor, verb: str, notice: RiskNotice, org_id: UUID, said: Mapping[str, object], now: datetime
) -> None:
    """What the trace keeps of a step of a notice, at the organisation whose step it was."""
    trace.record(actor.snapshot(), verb, "risk_notice", notice.id, org_id, None, dict(said), now=now)
