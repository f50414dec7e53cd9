"""Keeping policies and handing papers in. Order inside: transaction, require, rule, write, trace, effects."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from huyuan.kernel.days import day_of, start_of
from huyuan.kernel.errors import Refused
from huyuan.kernel.ids import uuid7
from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Organisation
from huyuan.orgs.permissions import not_found, require
from huyuan.papers import queries, sheets
from huyuan.papers.models import Policy, Submission
from huyuan.papers.schema import PaperSpec
from huyuan.registers.effects import SINKS, ActDone, Header
from huyuan.trace import actions as trace
from huyuan.trace import files
from huyuan.trace.models import File

SUBMISSION_ACT = "submission"


@dataclass(frozen=True)
class Upload:
    """A file as it was sent."""

    name: str
    content: bytes


# ---- policies
# ------------------------------------------------------------------------------------------------------
def policy_put(
    *,
    actor: Actor,
    org_id: UUID,
    kind: str,
    title: str,
    from_day: date,
    review_on: date | None,
    upload: Upload,
    now: datetime,
) -> Policy:
    """File a policy, or a new version of it, which replaces the old one from `from_day` on.

    Raises Refused: `unknown-paper`, `invalid-policy` (`errors`: field → sentence), and what
    `trace.files.store` refuses.
    """
    with transaction.atomic():
        require(actor, "paper.keep", org_id)
        spec = queries.kind(kind)
        errors = {
            name: sentence
            for name, wrong, sentence in (
                ("kind", spec.nature not in queries.KEPT, "请选择制度文件的种类。"),
                ("title", not title.strip() or len(title) > 120, "请填写文件名称，最多120字。"),
                ("review_on", bool(review_on and review_on <= from_day), "复审日期应在生效日期之后。"),
            )
            if wrong
        }
        if errors:
            raise Refused("invalid-policy", "还有内容需要改，已填的都还在。", errors=errors)
        file = files.store(upload.content, county_id=actor.county_id, now=now)
        # One after the other: two people uploading at once get versions 1 and 2.
        Organisation.objects.select_for_update(no_key=True).get(id=org_id)
        newest = Policy.objects.filter(org_id=org_id, kind=kind).order_by("-version").first()
        policy = Policy.objects.create(
            id=uuid7(),
            county_id=actor.county_id,
            org_id=org_id,
            kind=kind,
            title=title.strip(),
            version=newest.version + 1 if newest else 1,
            from_day=from_day,
            review_on=review_on,
            file=file,
            name=upload.name[:120],
            approved_by_id=actor.person_id,
            recorded_by_name=actor.name,
            recorded_at=now,
        )
        said = {
            "kind": kind,
            "version": policy.version,
            "file": file.sha256,
            "from": from_day,
            "review": review_on,
        }
        trace.record(actor.snapshot(), "policy.put", "policy", policy.id, org_id, None, said, now=now)
        if spec.realises:
            happened = min(start_of(from_day), now)
            prove(Header("policy", policy.id, actor.county_id, org_id, now), spec, happened, "", now)
        return policy


def policy_withdraw(*, actor: Actor, policy_id: UUID, reason: str, now: datetime) -> Policy:
    """Take a policy out of force from today on; the file stays readable."""
    with transaction.atomic():
        policy = Policy.objects.select_for_update().filter(id=policy_id).first()
        if policy is None:
            raise not_found()
        require(actor, "paper.keep", policy.org_id)
        if policy.withdrawn_on:
            return policy
        policy.withdrawn_on = max(day_of(now), policy.from_day)
        policy.withdraw_reason = reason_given(reason, "停用")
        policy.save(update_fields=["withdrawn_on", "withdraw_reason"])
        said = {"withdrawn": policy.withdrawn_on, "reason": policy.withdraw_reason}
        trace.record(
            actor.snapshot(), "policy.withdraw", "policy", policy.id, policy.org_id, None, said, now=now
        )
        return policy


# ---- submissions
# ---------------------------------------------------------------------------------------------------
def submit_collected(
    *, actor: Actor, org_id: UUID, kind: str, period: str, client_id: UUID, now: datetime
) -> Submission:
    """Collect the month's entries into the paper's lists, store them as Excel and hand it in.

    It occurs when it is received: at `now`. A repeat with the same `client_id` gives the first submission.
    Raises Refused: `unknown-paper`, `invalid-period`, `missing-receiver`, `conflict-client-id`.
    """
    with transaction.atomic():
        require(actor, "paper.submit", org_id)
        spec = queries.kind(kind)
        if spec.collects is None:
            raise Refused("invalid-paper", f"“{spec.title}”不能由登记汇总，请上传文件报送。")
        repeated = received_before(actor, org_id, kind, period, client_id)
        if repeated:
            return repeated
        entries = queries.collected(org_id, spec, period)
        org = Organisation.objects.get(id=org_id)
        content = sheets.workbook(
            sheets.tables(spec, entries),
            title=f"{spec.title}（{period}）",
            org=org.name,
            sent_by=actor.name,
            now=now,
        )
        file = files.store(content, county_id=actor.county_id, now=now)
        name = f"{org.short_name}-{spec.title}-{period}.xlsx"
        return hand_in(actor, org_id, spec, period, client_id, file, name, len(entries), now)


def submit_file(
    *, actor: Actor, org_id: UUID, kind: str, period: str, upload: Upload, client_id: UUID, now: datetime
) -> Submission:
    """Hand in a file of one's own for a period. Raises what `submit_collected` and `trace.files.store`
    raise."""
    with transaction.atomic():
        require(actor, "paper.submit", org_id)
        spec = queries.kind(kind)
        repeated = received_before(actor, org_id, kind, period, client_id)
        if repeated:
            return repeated
        file = files.store(upload.content, county_id=actor.county_id, now=now)
        return hand_in(actor, org_id, spec, period, client_id, file, upload.name, 0, now)


def received_before(actor: Actor, org_id: UUID, kind: str, period: str, client_id: UUID) -> Submission | None:
    """The submission of the first time, for a repeat. Another paper under the same id is a conflict."""
    first = Submission.objects.filter(county_id=actor.county_id, client_id=client_id).first()
    if first and (first.org_id, first.kind, first.period) != (org_id, kind, period):
        raise Refused(
            "conflict-client-id", "这一次报送已经用于另一份材料，先报的有效。请回到列表重新打开要报送的材料。"
        )
    return first


def hand_in(
    actor: Actor,
    org_id: UUID,
    spec: PaperSpec,
    period: str,
    client_id: UUID,
    file: File,
    name: str,
    entries: int,
    now: datetime,
) -> Submission:
    """Write the submission and its act. Of two repeats at once one is written, and both get it."""
    queries.month_days(period)
    if spec.nature != "submission" or actor.person_id is None:
        raise Refused("invalid-paper", f"“{spec.title}”不是报送的材料，请在“制度文件”里上传。")
    to = queries.receiver(org_id, spec)
    submission = Submission(
        county_id=actor.county_id,
        org_id=org_id,
        to=to,
        kind=spec.key,
        period=period,
        client_id=client_id,
        file=file,
        name=name[:120],
        entries=entries,
        sent_by_id=actor.person_id,
        sent_by_name=actor.name,
        received_at=now,
    )
    Submission.objects.bulk_create([submission], ignore_conflicts=True)
    stored = Submission.objects.get(county_id=actor.county_id, client_id=client_id)
    if stored.id != submission.id:
        return stored
    said = {"kind": spec.key, "period": period, "to": str(to.id), "file": file.sha256, "entries": entries}
    trace.record(actor.snapshot(), "paper.submit", "submission", stored.id, org_id, None, said, now=now)
    prove(Header("submission", stored.id, actor.county_id, org_id, now), spec, now, period, now)
    return stored


def acknowledge(*, actor: Actor, submission_id: UUID, now: datetime) -> Submission:
    """The receiver has looked at it. A second time changes nothing. Raises `closed-submission` after a
    return."""
    with transaction.atomic():
        submission = locked(actor, submission_id)
        if submission.returned_at:
            raise Refused("closed-submission", "这份材料已经退回，请等对方重新报送。")
        if submission.acknowledged_at is None:
            submission.acknowledged_at, submission.acknowledged_by_id = now, actor.person_id
            submission.acknowledged_by_name = actor.name
            submission.save(update_fields=["acknowledged_at", "acknowledged_by", "acknowledged_by_name"])
            record(actor, "paper.acknowledge", submission, {}, now)
        return submission


def send_back(*, actor: Actor, submission_id: UUID, reason: str, now: datetime) -> Submission:
    """Send it back with what is wrong: it no longer proves. Raises `closed-submission` once acknowledged."""
    with transaction.atomic():
        submission = locked(actor, submission_id)
        if submission.acknowledged_at:
            raise Refused("closed-submission", "这份材料已经签收，不能退回。如有问题请直接联系报送单位。")
        if submission.returned_at is None:
            submission.returned_at, submission.return_reason = now, reason_given(reason, "退回")
            submission.save(update_fields=["returned_at", "return_reason"])
            record(actor, "paper.return", submission, {"reason": submission.return_reason}, now)
            for sink in SINKS:
                sink.void(submission.id, now)
        return submission


# ---- parts
# ---------------------------------------------------------------------------------------------------------
def locked(actor: Actor, submission_id: UUID) -> Submission:
    """A submission to one of the actor's organisations, under a row lock."""
    submission = Submission.objects.select_for_update().filter(id=submission_id).first()
    if submission is None:
        raise not_found()
    require(actor, "paper.receive", submission.to_id)
    return submission


def record(
    actor: Actor, verb: str, submission: Submission, said: Mapping[str, object], now: datetime
) -> None:
    """What the trace keeps of a step of a submission."""
    trace.record(
        actor.snapshot(), verb, "submission", submission.id, submission.org_id, None, dict(said), now=now
    )


def prove(header: Header, spec: PaperSpec, occurred_at: datetime, period: str, now: datetime) -> None:
    """Hand the paper's act on. A submission that names no act is one of its own kind."""
    act = spec.realises.act if spec.realises else SUBMISSION_ACT
    where = dict(spec.realises.where) if spec.realises else {}
    if header.source == "submission":
        where.setdefault("paper", spec.key)
    quals = {
        f"{key}={value}"
        for key, values in where.items()
        for value in ((values,) if isinstance(values, str) else values)
    }
    done = ActDone(act, tuple(sorted(quals)), occurred_at, 0, names_period=period)
    for sink in SINKS:
        sink.record(header, [done], frozenset({header.org_id}), now)


def reason_given(reason: str, verb: str) -> str:
    """The reason in at most 200 characters. Raises Refused `missing-reason`."""
    if not reason.strip():
        raise Refused("missing-reason", f"请写明{verb}的原因，方便对方和日后核对。")
    return reason.strip()[:200]
