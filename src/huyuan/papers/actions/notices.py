"""Ad-hoc notices (临时通知): write, issue, sign for, answer, send back, remind, extend, close."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from huyuan.kernel.days import day_of, zh_deadline
from huyuan.kernel.errors import Refused
from huyuan.kernel.fields import parse
from huyuan.notify.actions import Line, send_all
from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Organisation, Post
from huyuan.orgs.permissions import not_found, require, scope
from huyuan.papers import queries, rules
from huyuan.papers.actions.filing import reason_given
from huyuan.papers.models import Notice, NoticeAnswer, NoticeFile, NoticeRecipient
from huyuan.papers.permissions import KEEPERS
from huyuan.trace import actions as trace

Answers = Mapping[str, list[str]]
Uploads = Mapping[UUID, str]
"""Files stored for this request: id → the name under which they were sent."""
REMIND_BEFORE = timedelta(hours=24)
REMIND_AFTER = timedelta(days=3)
"""How long after the deadline a reminder that was not sent in time is still worth sending."""


def notice_draft(
    *, actor: Actor, org_id: UUID, client_id: UUID, answers: Answers, uploads: Uploads, now: datetime
) -> Notice:
    """Keep a notice as it is composed; the same `client_id` again changes that draft.

    Raises Refused: `invalid-notice` (`errors`: field → sentence), `already-issued`, `unknown-file`.
    """
    with transaction.atomic():
        require(actor, "notice.issue", org_id)
        first = Notice.objects.select_for_update().filter(client_id=client_id).first()
        if first and (first.org_id != org_id or first.county_id != actor.county_id):
            raise not_found()
        if first and first.state != "draft":
            raise Refused("already-issued", "这份通知已经发出，内容不能再改。需要更正请另发一份。")
        body, errors = parse(rules.composing(queries.answerable_forms()), answers)
        due_at = datetime.fromisoformat(str(body["due"])) if "due" in body else None
        if due_at and due_at <= now:
            errors["due"] = "截止时间：已经过了，请往后定。"
        if body.get("asks") == "form" and not body.get("form"):
            errors.setdefault("form", "登记表：请选择。")
        if errors or due_at is None or actor.person_id is None:
            raise Refused("invalid-notice", f"还有{len(errors)}处需要改，已填的都还在。", errors=errors)
        body.pop("attachment", None)
        kept = {first.file_id: first.file_name} if first and first.file_id else {}
        named = [key for key in answers.get("attachment", ()) if key]
        attached = known_files(named, uploads, kept)
        file_id, file_name = next(iter(attached.items()), (None, ""))
        values: dict[str, Any] = {
            "title": body["title"],
            "body": body,
            "asked": [field.model_dump(mode="json", exclude_unset=True) for field in rules.questions(body)],
            "totals": rules.totals(body) if body["asks"] == "table" else {},
            "form_key": body.get("form", ""),
            "file_id": file_id,
            "file_name": file_name[:120],
            "due_at": due_at,
            "written_at": now,
            "written_by_id": actor.person_id,
            "written_by_name": actor.name,
        }
        notice = first or Notice(county_id=actor.county_id, org_id=org_id, client_id=client_id)
        for name, value in values.items():
            setattr(notice, name, value)
        notice.save()
        return notice


def notice_issue(*, actor: Actor, notice_id: UUID, org_ids: Collection[UUID], now: datetime) -> Notice:
    """Number it and send it to these organisations: from now on they owe what it asks. A repeat changes
    nothing.

    Raises Refused: `missing-recipients`, `invalid-recipients` (one is not the issuer's to instruct),
    `invalid-due` (the deadline passed while it was a draft).
    """
    with transaction.atomic():
        notice = locked(actor, notice_id)
        if notice.state != "draft":
            return notice
        wanted = set(org_ids) - {notice.org_id}
        if not wanted:
            raise Refused("missing-recipients", "还没有选收件单位，请至少选一个。")
        if notice.due_at <= now:
            raise Refused("invalid-due", "截止时间已经过了。请返回修改截止时间，再发出。")
        may = Organisation.objects.filter(id__in=scope(actor, "notice.send"), closed=None)
        found = set(may.filter(id__in=wanted).values_list("id", flat=True))
        if found != wanted:
            raise Refused("invalid-recipients", "有的单位不归您发通知，没有发出。请重新选择收件单位。")
        # One after the other: the numbers of a year have no gaps and no doubles.
        issuer = Organisation.objects.select_for_update(no_key=True).get(id=notice.org_id)
        year = day_of(now).year
        issued = Notice.objects.filter(org=issuer, number__startswith=f"〔{year}〕").count()
        notice.state, notice.issued_at, notice.number = "issued", now, f"〔{year}〕{issued + 1}号"
        notice.save(update_fields=["state", "issued_at", "number"])
        NoticeRecipient.objects.bulk_create(
            NoticeRecipient(county_id=notice.county_id, notice=notice, issuer=issuer, org_id=org_id)
            for org_id in sorted(wanted)
        )
        said = {"number": notice.number, "recipients": len(wanted), "due": notice.due_at}
        record(actor, "notice.issue", notice, said, now)
        tell(notice, wanted, "issued", f"{issuer.name}通知：{notice.title}", now)
        return notice


def notice_read(*, actor: Actor, notice_id: UUID, org_id: UUID, now: datetime) -> NoticeRecipient:
    """Sign for it (签收). Where nothing more is asked, that is the answer. A second time changes nothing."""
    with transaction.atomic():
        notice, recipient = received(actor, notice_id, org_id)
        sign_for(recipient, actor, now)
        if notice.body["asks"] == "read" and recipient.answered_at is None:
            recipient.answered_at = now
        recipient.save(update_fields=["read_at", "read_by_name", "answered_at"])
        return recipient


def notice_answer(
    *,
    actor: Actor,
    notice_id: UUID,
    org_id: UUID,
    client_id: UUID,
    answers: Answers,
    uploads: Uploads,
    now: datetime,
) -> NoticeAnswer:
    """Answer for an organisation; a later answer takes the place of the one before it, which stays readable.

    A repeat with the same `client_id` gives the answer of the first time. After the deadline it counts as
    late. Raises Refused: `invalid-answer` (`errors`: field → sentence; totals included), `closed-notice`,
    `unknown-file`, `conflict-client-id`.
    """
    with transaction.atomic():
        notice, recipient = received(actor, notice_id, org_id)
        first = NoticeAnswer.objects.filter(client_id=client_id, county_id=actor.county_id).first()
        if first and (first.notice_id, first.org_id) != (notice_id, org_id):
            raise Refused("conflict-client-id", "这一次填写已经用于另一份通知。请回到通知重新打开。")
        if first:
            return first
        if notice.state == "closed":
            raise Refused(
                "closed-notice", f"这份通知已经办结：{notice.close_reason}。需要补报请联系发文单位。"
            )
        asked = queries.questions_of(notice)
        if not asked or actor.person_id is None:
            raise Refused("invalid-answer", "这份通知不在这里填报，请按通知页面上的说明办理。", errors={})
        body, errors = parse(asked, answers)
        errors |= rules.wrong_totals(asked, notice.totals, body) if not errors else {}
        if errors:
            raise Refused("invalid-answer", f"还有{len(errors)}处需要改，已填的都还在。", errors=errors)
        before = NoticeAnswer.objects.filter(notice=notice, org_id=org_id, standing=True)
        kept = dict(
            NoticeFile.objects.filter(answer__notice=notice, answer__org_id=org_id).values_list(
                "file_id", "name"
            )
        )
        named = [key for row in rules.lines(asked, body) for key in row.get("files", [])]
        attached = known_files(named, uploads, kept)
        before.update(standing=False)
        answer = NoticeAnswer.objects.create(
            county_id=notice.county_id,
            notice=notice,
            issuer_id=notice.org_id,
            org_id=org_id,
            client_id=client_id,
            body=body,
            answered_at=now,
            answered_by_id=actor.person_id,
            answered_by_name=actor.name,
        )
        NoticeFile.objects.bulk_create(
            NoticeFile(county_id=notice.county_id, answer=answer, file_id=file_id, name=name[:120])
            for file_id, name in attached.items()
        )
        sign_for(recipient, actor, now)
        recipient.answered_at = recipient.answered_at or now
        recipient.return_reason = ""
        recipient.save(update_fields=["read_at", "read_by_name", "answered_at", "return_reason"])
        said = {"notice": str(notice.id), "number": notice.number, "late": now > notice.due_at}
        trace.record(
            actor.snapshot(), "notice.answer", "notice_answer", answer.id, org_id, None, said, now=now
        )
        return answer


def notice_return(*, actor: Actor, answer_id: UUID, reason: str, now: datetime) -> NoticeAnswer:
    """Send an answer back with what is wrong; it is owed again. A second time changes nothing.

    Raises Refused: `missing-reason`, `stale-answer` (a newer one has come meanwhile).
    """
    with transaction.atomic():
        answer = NoticeAnswer.objects.filter(id=answer_id).first()
        if answer is None:
            raise not_found()
        notice = locked(actor, answer.notice_id)
        recipient = NoticeRecipient.objects.select_for_update().get(notice=notice, org_id=answer.org_id)
        answer.refresh_from_db()
        if answer.returned_at:
            return answer
        if not answer.standing:
            raise Refused("stale-answer", "对方刚刚重新报过，请刷新后看新的一份。")
        why = reason_given(reason, "退回")
        answer.standing, answer.returned_at = False, now
        answer.save(update_fields=["standing", "returned_at"])
        recipient.answered_at, recipient.return_reason = None, why
        recipient.save(update_fields=["answered_at", "return_reason"])
        record(actor, "notice.return", notice, {"answer": str(answer.id), "reason": why}, now)
        tell(notice, {answer.org_id}, f"returned:{answer.id}", f"退回重报：{notice.title}（{why}）", now)
        return answer


def notice_remind(*, actor: Actor, notice_id: UUID, now: datetime) -> int:
    """Remind (催办) everyone who has not answered; once a day, whoever presses how often. Returns how
    many."""
    with transaction.atomic():
        notice = locked(actor, notice_id)
        if notice.state != "issued":
            return 0
        waiting = unanswered(notice)
        NoticeRecipient.objects.filter(notice=notice, org_id__in=waiting).update(reminded_at=now)
        text = f"催办：{notice.title}（{zh_deadline(notice.due_at, now)}）"
        tell(notice, waiting, f"urged:{day_of(now)}", text, now)
        record(actor, "notice.remind", notice, {"recipients": len(waiting)}, now)
        return len(waiting)


def notice_extend(*, actor: Actor, notice_id: UUID, due_at: datetime, reason: str, now: datetime) -> Notice:
    """A later deadline, with the reason. Raises Refused: `invalid-due`, `missing-reason`, `closed-notice`."""
    with transaction.atomic():
        notice = locked(actor, notice_id)
        if notice.state != "issued":
            raise Refused("closed-notice", "只有已发出、未办结的通知可以延期。")
        if due_at <= max(now, notice.due_at):
            raise Refused("invalid-due", "新的截止时间要晚于现在和原来的截止时间。请重新填写。")
        said = {"from": notice.due_at, "to": due_at, "reason": reason_given(reason, "延期")}
        notice.due_at = due_at
        notice.save(update_fields=["due_at"])
        record(actor, "notice.extend", notice, said, now)
        tell(
            notice,
            unanswered(notice),
            f"extended:{due_at:%Y%m%d%H%M}",
            f"延期：{notice.title}（{zh_deadline(due_at, now)}）",
            now,
        )
        return notice


def notice_close(*, actor: Actor, notice_id: UUID, reason: str, now: datetime) -> Notice:
    """No more answers are taken and nothing is owed any more; a draft is thrown away by closing it too."""
    with transaction.atomic():
        notice = locked(actor, notice_id)
        if notice.state == "closed":
            return notice
        if notice.state == "draft":
            notice.delete()
            return notice
        notice.state, notice.closed_at, notice.close_reason = "closed", now, reason_given(reason, "办结")
        notice.save(update_fields=["state", "closed_at", "close_reason"])
        record(actor, "notice.close", notice, {"reason": notice.close_reason}, now)
        return notice


def remind_due(*, now: datetime) -> int:
    """By itself, inside `acting` of the county's job: a day before the deadline and once it has passed, to
    those who have not answered. Each reminder goes once. Returns how many notices there were."""
    due = Notice.objects.filter(
        state="issued", due_at__gt=now - REMIND_AFTER, due_at__lte=now + REMIND_BEFORE
    ).exclude(issued_at__gt=F("due_at") - REMIND_BEFORE, due_at__gt=now)
    found = list(due)
    waiting = queries.open_recipients(found)
    posts = kinds_of_answerers({org_id for orgs in waiting.values() for org_id in orgs})
    send_all(
        [
            Line(
                org_id,
                kind,
                f"notice:{notice.id}:{'overdue' if notice.due_at <= now else 'due'}",
                (f"已过期：{notice.title}" if notice.due_at <= now else f"即将到期：{notice.title}")[:300],
                notice_url(notice),
            )
            for notice in found
            for org_id in waiting.get(notice.id, ())
            for kind in posts.get(org_id, ())
        ],
        now=now,
    )
    return len(found)


# ---- parts
# ---------------------------------------------------------------------------------------------------------
def locked(actor: Actor, notice_id: UUID) -> Notice:
    """A notice of one of the actor's organisations, under a row lock."""
    notice = Notice.objects.select_for_update(of=("self",)).filter(id=notice_id).first()
    if notice is None:
        raise not_found()
    require(actor, "notice.issue", notice.org_id)
    return notice


def received(actor: Actor, notice_id: UUID, org_id: UUID) -> tuple[Notice, NoticeRecipient]:
    """A notice and one of the actor's organisations that received it, the latter under a row lock, so that
    two answers at once come one after the other."""
    require(actor, "notice.answer", org_id)
    recipient = (
        NoticeRecipient.objects.select_for_update(of=("self",))
        .select_related("notice")
        .filter(notice_id=notice_id, org_id=org_id)
        .first()
    )
    if recipient is None:
        raise not_found()
    return recipient.notice, recipient


def sign_for(recipient: NoticeRecipient, actor: Actor, now: datetime) -> None:
    """The first who signs is the one who signed."""
    if recipient.read_at is None:
        recipient.read_at, recipient.read_by_name = now, actor.name


def known_files(named: Collection[str], uploads: Uploads, kept: Mapping[UUID, str]) -> dict[UUID, str]:
    """The files named in an answer with their names: sent with it, or there before. Raises `unknown-file`."""
    known = {str(key): (key, name) for key, name in {**kept, **uploads}.items()}
    if missing := [key for key in named if key not in known]:
        raise Refused("unknown-file", "有一个文件没有收到，请重新选择后再提交。", missing=len(missing))
    return {known[key][0]: known[key][1] for key in named}


def unanswered(notice: Notice) -> set[UUID]:
    """The organisations that have not answered yet."""
    return queries.open_recipients([notice]).get(notice.id, set())


def tell(notice: Notice, org_ids: Collection[UUID], what: str, text: str, now: datetime) -> None:
    """A message to everyone at these organisations who may answer, once for each `what`."""
    posts = kinds_of_answerers(org_ids)
    send_all(
        [
            Line(org_id, kind, f"notice:{notice.id}:{what}"[:120], text[:300], notice_url(notice))
            for org_id in org_ids
            for kind in posts.get(org_id, ())
        ],
        now=now,
    )


def kinds_of_answerers(org_ids: Collection[UUID]) -> dict[UUID, set[str]]:
    """Organisation → the kinds of its posts that answer notices."""
    found: dict[UUID, set[str]] = {}
    rows = Post.objects.filter(org_id__in=org_ids, kind__in=KEEPERS).values_list("org_id", "kind")
    for org_id, kind in rows:
        found.setdefault(org_id, set()).add(kind)
    return found


def notice_url(notice: Notice) -> str:
    """Where its messages lead to."""
    return f"/notices/{notice.id}/"


def record(actor: Actor, verb: str, notice: Notice, said: Mapping[str, object], now: datetime) -> None:
    """What the trace keeps of a step of a notice."""
    trace.record(actor.snapshot(), verb, "notice", notice.id, notice.org_id, None, dict(said), now=now)
