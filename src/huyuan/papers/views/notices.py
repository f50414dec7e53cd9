"""Notices as they are sent and received: my notices, one of them from both ends, what becomes of it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from huyuan.kernel.days import SHANGHAI, zh_deadline
from huyuan.kernel.errors import Refused
from huyuan.kernel.fields import STORED
from huyuan.orgs.permissions import allowed, not_found
from huyuan.orgs.request import SignedInRequest
from huyuan.papers import actions, queries, rules
from huyuan.papers.models import Notice, NoticeRecipient
from huyuan.papers.views.filing import uuid_given
from huyuan.registers.sheets import moment_text
from huyuan.trace import files

SHOWN = 100
#: how a state is drawn, in the marks of the house
MARKS = {"unread": "overdue", "read": "owed", "returned": "overdue", "late": "late", "answered": "met"}


@require_safe
def notices(request: SignedInRequest) -> HttpResponse:
    """What my organisations received and what they sent, newest first."""
    received = [received_row(one, request.now) for one in queries.received_notices(request.actor)[:SHOWN]]
    may_issue = bool(queries.issuers(request.actor))
    sent = queries.sent_notices(request.actor)[:SHOWN] if may_issue else []
    context = {
        "received": received,
        "sent": [sent_row(one, request.now) for one in sent],
        "may_issue": may_issue,
    }
    return render(request, "papers/notices.html", context)


def received_row(one: NoticeRecipient, now: datetime) -> dict[str, Any]:
    """A received notice as a row."""
    done_at: datetime | None = getattr(one, "done_at", None)
    notice = one.notice
    closed = notice.state == "closed" and done_at is None
    return {
        "url": reverse("papers:notice", args=[notice.id]),
        "title": notice.title,
        "issuer": one.issuer.name,
        "org": one.org.short_name,
        "due": zh_deadline(notice.due_at, now)
        if done_at is None and not closed
        else moment_text(notice.due_at),
        "state": "已办结" if closed else rules.STATES[recipient_state(notice, one, done_at)],
    }


def recipient_state(notice: Notice, one: NoticeRecipient, done_at: datetime | None) -> str:
    """How this recipient stands."""
    return rules.state_of(
        read=one.read_at is not None,
        answered_at=done_at,
        returned=bool(one.return_reason),
        due_at=notice.due_at,
        asks=notice.body["asks"],
    )


def sent_row(one: Notice, now: datetime) -> dict[str, Any]:
    """A notice of ours as a row, with how many have answered."""
    total, waiting = getattr(one, "total", 0), getattr(one, "waiting", 0)
    draft = one.state == "draft"
    return {
        "url": reverse("papers:notice-recipients" if draft else "papers:notice", args=[one.id]),
        "title": one.title,
        "number": "草稿" if draft else one.number,
        "org": one.org.short_name,
        "due": zh_deadline(one.due_at, now) if one.state == "issued" and waiting else moment_text(one.due_at),
        "done": "" if draft else f"{total - waiting} / {total}",
        "state": "草稿" if draft else "已办结" if one.state == "closed" else "还差" if waiting else "已报齐",
    }


@require_safe
def notice(request: SignedInRequest, notice_id: UUID) -> HttpResponse:
    """One notice: for those who received it what to do; for those who sent it who has done it."""
    return notice_page(request, queries.notice_seen(request.actor, notice_id))


def notice_page(request: SignedInRequest, found: Notice, refused: Refused | None = None) -> HttpResponse:
    """The notice as this person sees it."""
    if found.state == "draft":
        return HttpResponseRedirect(reverse("papers:notice-recipients", args=[found.id]))
    mine = queries.notice_received(request.actor, found)
    issues = allowed(request.actor, "notice.issue", found.org_id)
    standing = queries.standings(found) if issues else []
    answers = {one.org_id: one for one in queries.answers_standing(found)} if issues else {}
    counts = {state: sum(one.state == state for one in standing) for state in rules.STATES}
    context = {
        "notice": found,
        "asks": rules.ASKS[found.body["asks"]],
        "due": zh_deadline(found.due_at, request.now)
        if found.state == "issued"
        else moment_text(found.due_at),
        "columns": rules.columns_of(queries.questions_of(found)),
        "mine": [
            {
                "org": one.org,
                "state": rules.STATES[state],
                "mark": MARKS[state],
                "read": one.read_at is not None,
                "done": state in ("answered", "late"),
                "reason": one.return_reason,
                "url": answer_url(found, one),
            }
            for one in mine
            for state in [recipient_state(found, one, getattr(one, "done_at", None))]
        ],
        "issues": issues,
        "counts": [(MARKS[state], rules.STATES[state], count) for state, count in counts.items() if count],
        "waiting": sum(counts[state] for state in rules.UNFINISHED),
        "total": len(standing),
        "rows": [
            {
                "org": one.recipient.org.name,
                "state": rules.STATES[one.state],
                "story": " · ".join(
                    f"{what} {moment_text(at)}"
                    for what, at in (
                        ("签收", one.recipient.read_at),
                        ("报送", one.done_at),
                        ("催办", one.recipient.reminded_at),
                    )
                    if at
                ),
                "url": reverse("papers:notice-answered", args=[answers[one.recipient.org_id].id])
                if one.recipient.org_id in answers
                else "",
            }
            for one in standing
        ],
        "collates": bool(found.asked),
        "has_files": any(field.type in STORED for field in queries.questions_of(found)),
        "refused": refused,
        "received": queries.answer_received(found, request.GET.get("received", "")),
        "moment": moment_text,
    }
    return render(request, "papers/notice.html", context, status=refused.http_status if refused else 200)


def answer_url(found: Notice, one: NoticeRecipient) -> str:
    """Where this recipient answers: here, or in the register that is asked for; nowhere once it is closed."""
    if found.state == "closed":
        return ""
    match found.body["asks"]:
        case "form":
            return f"{reverse('registers:fill', args=[found.form_key])}?org={one.org_id}"
        case "read":
            return ""
    return reverse("papers:notice-answer", args=[found.id, one.org_id])


@require_POST
def decide(request: SignedInRequest, notice_id: UUID, verb: str) -> HttpResponse:
    """Sign for it, remind, extend, close."""
    given: dict[str, Any] = {"actor": request.actor, "notice_id": notice_id, "now": request.now}
    reason = request.POST.get("reason", "")
    found = queries.notice_seen(request.actor, notice_id)
    try:
        match verb:
            case "read":
                actions.notice_read(**given, org_id=uuid_given(request.POST.get("org_id", "")))
            case "remind":
                actions.notice_remind(**given)
            case "extend":
                actions.notice_extend(**given, due_at=moment_given(request), reason=reason)
            case "close":
                actions.notice_close(**given, reason=reason)
                if found.state == "draft":
                    return HttpResponseRedirect(reverse("papers:notices"))
            case _:
                raise not_found()
    except Refused as refused:
        if refused.http_status in (403, 404):
            raise
        return notice_page(request, queries.notice_seen(request.actor, notice_id), refused)
    return HttpResponseRedirect(reverse("papers:notice", args=[notice_id]))


def moment_given(request: HttpRequest) -> datetime:
    """The new deadline. Raises Refused `invalid-due`."""
    try:
        return datetime.fromisoformat(request.POST.get("due", "")).replace(tzinfo=SHANGHAI)
    except ValueError:
        raise Refused("invalid-due", "请填写新的截止时间，如 2026-10-16 17:00。") from None


@require_safe
def attachment(request: SignedInRequest, notice_id: UUID) -> FileResponse:
    """The file that came with the notice."""
    found = queries.notice_seen(request.actor, notice_id)
    if found.file is None:
        raise not_found()
    return files.served(found.file, found.file_name, download=True)
