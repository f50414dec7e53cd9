"""Pages of notices: my notices, composing, choosing recipients, one notice from both ends, answering,
collating."""

import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

from django.core import signing
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huyuan.kernel.days import SHANGHAI, zh_deadline
from huyuan.kernel.errors import Refused
from huyuan.kernel.fields import STORED, Field, display
from huyuan.orgs.permissions import allowed, not_found, require
from huyuan.orgs.request import SignedInRequest
from huyuan.papers import actions, queries, rules, sheets
from huyuan.papers.models import Notice, NoticeAnswer, NoticeFile, NoticeRecipient
from huyuan.papers.views.filing import download, uuid_given
from huyuan.registers.forms import posted, values_of, with_file_names
from huyuan.registers.sheets import moment_text
from huyuan.trace import files

SHOWN = 100
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
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


@require_http_methods(["GET", "HEAD", "POST"])
def compose(request: SignedInRequest, notice_id: UUID | None = None) -> HttpResponse:
    """Write a notice, or go on with a draft: what, until when, what table. Choosing recipients comes next."""
    fields = rules.composing(queries.answerable_forms())
    names = queries.issuers(request.actor)
    draft = queries.notice_seen(request.actor, notice_id) if notice_id else None
    if not names or (draft and draft.org_id not in names):
        raise not_found()
    if draft and draft.state != "draft":
        return HttpResponseRedirect(reverse("papers:notice", args=[draft.id]))
    client_id = draft.client_id if draft else uuid4()
    org_id = draft.org_id if draft else next(iter(names))
    # Most tables ask each organisation for one line.
    values: dict[str, Any] = draft.body | {"attachment": kept_attachment(draft)} if draft else {"many": False}
    errors: dict[str, str] = {}
    stop = ""
    held: dict[UUID, str] = {}
    if request.method == "POST":
        client_id = uuid_given(request.POST.get("client_uuid", ""))
        org_id = uuid_given(request.POST.get("org_id", ""))
        require(request.actor, "notice.issue", org_id)
        sent = posted(request, fields, request.actor.county_id, request.now)
        held = held_before(request) | sent.uploads
        errors = dict(sent.errors)
        if not errors and "_add" not in request.POST and "_remove" not in request.POST:
            try:
                saved = actions.notice_draft(
                    actor=request.actor,
                    org_id=org_id,
                    client_id=client_id,
                    answers=sent.answers,
                    uploads=held,
                    now=request.now,
                )
                return HttpResponseRedirect(
                    f"{reverse('papers:notice-recipients', args=[saved.id])}?received={client_id}"
                )
            except Refused as refused:
                if refused.http_status in (403, 404) and refused.code != "unknown-file":
                    raise
                errors, stop = errors_of(refused)
        values = with_file_names(fields, redrawn(fields, sent.answers, request.POST), shown(held))
    values["columns"] = values.get("columns") or [{}, {}, {}]
    context = {
        "fields": fields,
        "values": values,
        "errors": errors,
        "stop": stop,
        "client_id": client_id,
        "org_id": org_id,
        "orgs": names,
        "draft": draft,
        "held": signed(held),
    }
    return render(request, "papers/notice_compose.html", context, status=422 if errors or stop else 200)


def kept_attachment(draft: Notice) -> list[dict[str, str]]:
    """The attachment of a draft as the form shows it."""
    if draft.file_id is None:
        return []
    url = reverse("papers:notice-attachment", args=[draft.id])
    return [{"id": str(draft.file_id), "name": draft.file_name, "url": url}]


def redrawn(fields: Sequence[Field], answers: dict[str, list[str]], given: QueryDict) -> dict[str, Any]:
    """What was typed, with one row more where that was asked."""
    values = values_of(fields, answers)
    added = given.get("_add", "")
    if isinstance(values.get(added), list):
        values[added] = [*(values[added] or [{}]), {}]
    return values


HELD = "held"


def signed(held: Mapping[UUID, str]) -> str:
    """Files that were received with a form that could not be taken yet: the page carries them, signed, so
    that they need not be sent again and nobody can name a file of somebody else."""
    return signing.dumps([[str(key), name] for key, name in held.items()], salt=HELD) if held else ""


def held_before(request: HttpRequest) -> dict[UUID, str]:
    """What `signed` put into the page."""
    try:
        pairs = signing.loads(request.POST.get(HELD, ""), salt=HELD, max_age=24 * 3600)
    except signing.BadSignature:
        return {}
    return {UUID(key): name for key, name in pairs}


def shown(held: Mapping[UUID, str]) -> dict[str, dict[str, str]]:
    """Held files as the form shows them; they have no address yet."""
    return {str(key): {"id": str(key), "name": name, "url": ""} for key, name in held.items()}


def errors_of(refused: Refused) -> tuple[dict[str, str], str]:
    """Errors at their fields, or the one sentence for the top of the page."""
    found = refused.facts.get("errors")
    return (dict(found), "") if isinstance(found, dict) and found else ({}, refused.message)


@require_http_methods(["GET", "HEAD", "POST"])
def recipients(request: SignedInRequest, notice_id: UUID) -> HttpResponse:
    """Who gets it: narrowed by kind, town, boarding; every one ticked; then it is issued."""
    notice = queries.notice_seen(request.actor, notice_id)
    require(request.actor, "notice.issue", notice.org_id)
    if notice.state != "draft":
        return HttpResponseRedirect(reverse("papers:notice", args=[notice.id]))
    stop, status = "", 200
    if request.method == "POST":
        chosen = [uuid_given(one) for one in request.POST.getlist("org")]
        try:
            actions.notice_issue(actor=request.actor, notice_id=notice.id, org_ids=chosen, now=request.now)
            return HttpResponseRedirect(reverse("papers:notice", args=[notice.id]))
        except Refused as refused:
            if refused.http_status in (403, 404):
                raise
            stop, status = refused.message, 422
    received = request.GET.get("received", "")
    kinds = request.GET.getlist("kind")
    towns = [uuid_given(one) for one in request.GET.getlist("town")]
    boarding = bool(request.GET.get("boarding"))
    found = queries.audience(request.actor, kinds, towns, boarding)
    context = {
        "notice": notice,
        "audience": found,
        "chosen": {"kinds": kinds, "towns": towns, "boarding": boarding},
        "narrowed": bool(kinds or towns or boarding),
        "asked": rules.columns_of(queries.questions_of(notice)),
        "asks": rules.ASKS[notice.body["asks"]],
        "due": zh_deadline(notice.due_at, request.now),
        "stop": stop,
        "received": received if received == str(notice.client_id) else "",
    }
    return render(request, "papers/notice_recipients.html", context, status=status)


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


@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: SignedInRequest, notice_id: UUID, org_id: UUID) -> HttpResponse:
    """The table or the files that are asked for, with what was answered last."""
    found = queries.notice_seen(request.actor, notice_id)
    require(request.actor, "notice.answer", org_id)
    if org_id not in {one.org_id for one in queries.notice_received(request.actor, found)}:
        raise not_found()
    fields = queries.questions_of(found)
    if not fields:
        return HttpResponseRedirect(reverse("papers:notice", args=[found.id]))
    before = queries.answers_given(found, org_id)
    known = {str(one.file_id): named(one) for some in queries.files_of(before).values() for one in some}
    values: dict[str, Any] = dict(before[0].body) if before else {}
    client_id = uuid4()
    errors: dict[str, str] = {}
    stop = ""
    held: dict[UUID, str] = {}
    if request.method == "POST":
        client_id = uuid_given(request.POST.get("client_uuid", ""))
        sent = posted(request, fields, request.actor.county_id, request.now)
        held = held_before(request) | sent.uploads
        errors = dict(sent.errors)
        if not errors and "_add" not in request.POST and "_remove" not in request.POST:
            try:
                actions.notice_answer(
                    actor=request.actor,
                    notice_id=found.id,
                    org_id=org_id,
                    client_id=client_id,
                    answers=sent.answers,
                    uploads=held,
                    now=request.now,
                )
                return HttpResponseRedirect(
                    f"{reverse('papers:notice', args=[found.id])}?received={client_id}"
                )
            except Refused as refused:
                if refused.http_status in (403, 404) and refused.code != "unknown-file":
                    raise
                errors, stop = errors_of(refused)
        values = redrawn(fields, sent.answers, request.POST)
        known |= shown(held)
    context = {
        "notice": found,
        "fields": fields,
        "values": with_file_names(fields, values, known),
        "errors": errors,
        "stop": stop,
        "client_id": client_id,
        "org_id": org_id,
        "before": before[0] if before else None,
        "held": signed(held),
        "due": zh_deadline(found.due_at, request.now),
        "moment": moment_text,
    }
    return render(request, "papers/notice_answer.html", context, status=422 if errors or stop else 200)


def named(one: NoticeFile) -> dict[str, str]:
    """A file of an answer as the form shows it."""
    return {"id": str(one.file_id), "name": one.name, "url": reverse("papers:notice-file", args=[one.id])}


@require_safe
def answered(request: SignedInRequest, answer_id: UUID) -> HttpResponse:
    """One answer, as both ends see it."""
    return answered_page(request, queries.answer_seen(request.actor, answer_id))


def answered_page(
    request: SignedInRequest, one: NoticeAnswer, refused: Refused | None = None
) -> HttpResponse:
    """The rows of an answer, its files, and sending it back."""
    asked = queries.questions_of(one.notice)
    columns = rules.columns_of(asked)
    context = {
        "answer": one,
        "notice": one.notice,
        "columns": [{"key": field.id, "label": field.label} for field in columns if field.type not in STORED],
        "rows": [
            {field.id: display(field, line.get(field.id)) for field in columns}
            for line in rules.lines(asked, one.body)
        ],
        "files": [named(file) for file in queries.files_of([one]).get(one.id, [])],
        "late": one.answered_at > one.notice.due_at,
        "may_return": one.standing and allowed(request.actor, "notice.issue", one.issuer_id),
        "refused": refused,
        "moment": moment_text,
    }
    return render(
        request, "papers/notice_answered.html", context, status=refused.http_status if refused else 200
    )


@require_POST
def send_back(request: SignedInRequest, answer_id: UUID) -> HttpResponse:
    """Send an answer back."""
    try:
        one = actions.notice_return(
            actor=request.actor,
            answer_id=answer_id,
            reason=request.POST.get("reason", ""),
            now=request.now,
        )
    except Refused as refused:
        if refused.http_status in (403, 404):
            raise
        return answered_page(request, queries.answer_seen(request.actor, answer_id), refused)
    return HttpResponseRedirect(reverse("papers:notice", args=[one.notice_id]))


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
def collated(request: SignedInRequest, notice_id: UUID) -> HttpResponse:
    """Everything that was answered as one table with its totals."""
    found, table, missing = gathered(request, notice_id)
    columns = [field for field in table.columns if field.type not in STORED]
    context = {
        "notice": found,
        "columns": [
            {"key": "org", "label": "单位"},
            *({"key": one.id, "label": one.label, "numeric": one.type == "number"} for one in columns),
            {"key": "at", "label": "报送时间"},
        ],
        "rows": [
            {
                "org": one.org.name,
                "at": moment_text(one.answered_at),
                "url": reverse("papers:notice-answered", args=[one.id]),
                **{field.id: display(field, line.get(field.id)) for field in columns},
            }
            for one, line in table.rows
        ],
        "total": {"org": "合计", **{key: f"{value:g}" for key, value in table.sums.items()}}
        if table.sums
        else None,
        "missing": missing,
    }
    return render(request, "papers/notice_collated.html", context)


@require_safe
def excel(request: SignedInRequest, notice_id: UUID) -> FileResponse:
    """The collated table as one Excel file."""
    found, table, missing = gathered(request, notice_id)
    content = sheets.collation(found, table, missing, made_by=request.actor.name, now=request.now)
    return FileResponse(
        BytesIO(content), as_attachment=True, filename=f"{found.title}-汇总.xlsx", content_type=XLSX
    )


@require_safe
def every_file(request: SignedInRequest, notice_id: UUID) -> FileResponse:
    """All files that were answered, in one archive, each under the name of its organisation."""
    found, _, _ = gathered(request, notice_id)
    answers = queries.answers_standing(found)
    kept = queries.files_of(answers)
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for one in answers:
            for number, file in enumerate(kept.get(one.id, []), start=1):
                name = file.name.replace("/", "／").replace("\\", "＼")
                with files.open_file(file.file) as stored:
                    archive.writestr(f"{one.org.name}/{number}-{name}", stored.read())
    out.seek(0)
    return FileResponse(out, as_attachment=True, filename=f"{found.title}-附件.zip")


def gathered(request: SignedInRequest, notice_id: UUID) -> tuple[Notice, sheets.Collated, list[str]]:
    """A notice of ours, what was answered, and the names of who is missing."""
    found = queries.notice_seen(request.actor, notice_id)
    require(request.actor, "notice.issue", found.org_id)
    missing = [one.recipient.org.name for one in queries.standings(found) if one.state in rules.UNFINISHED]
    return found, sheets.collate(queries.questions_of(found), queries.answers_standing(found)), missing


@require_safe
def attachment(request: SignedInRequest, notice_id: UUID) -> FileResponse:
    """The file that came with the notice."""
    found = queries.notice_seen(request.actor, notice_id)
    if found.file is None:
        raise not_found()
    return download(found.file, found.file_name)


@require_safe
def answer_file(request: SignedInRequest, noticefile_id: UUID) -> FileResponse:
    """A file that came with an answer."""
    one = queries.file_seen(request.actor, noticefile_id)
    return download(one.file, one.name)
