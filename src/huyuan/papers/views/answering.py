"""Answering a notice, and what both ends see of an answer."""

from uuid import UUID, uuid4

from django.http import FileResponse, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huyuan.kernel.days import zh_deadline
from huyuan.kernel.errors import Refused
from huyuan.kernel.fields import STORED, display
from huyuan.orgs.permissions import allowed, not_found, require
from huyuan.orgs.request import SignedInRequest
from huyuan.papers import actions, queries, rules
from huyuan.papers.models import NoticeAnswer, NoticeFile
from huyuan.papers.views.filing import uuid_given
from huyuan.papers.views.trying import Tried, handed_in, shown
from huyuan.registers.forms import with_file_names
from huyuan.registers.sheets import moment_text
from huyuan.trace import files


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
    tried = Tried(dict(before[0].body) if before else {})
    client_id = uuid4()
    if request.method == "POST":
        client_id = uuid_given(request.POST.get("client_uuid", ""))

        def save(answers: dict[str, list[str]], uploads: dict[UUID, str]) -> HttpResponse:
            actions.notice_answer(
                actor=request.actor, notice_id=found.id, org_id=org_id, client_id=client_id,
                answers=answers, uploads=uploads, now=request.now,
            )  # fmt: skip
            page = reverse("papers:notice", args=[found.id])
            return HttpResponseRedirect(f"{page}?received={client_id}")

        done = handed_in(request, fields, save)
        if isinstance(done, HttpResponse):
            return done
        tried = done
        known |= shown(tried.held)
    context = {
        "notice": found,
        "fields": fields,
        "values": with_file_names(fields, tried.values, known),
        "client_id": client_id,
        "org_id": org_id,
        "before": before[0] if before else None,
        **tried.context,
        "due": zh_deadline(found.due_at, request.now),
        "moment": moment_text,
    }
    return render(request, "papers/notice_answer.html", context, status=tried.status)


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


@require_safe
def answer_file(request: SignedInRequest, noticefile_id: UUID) -> FileResponse:
    """A file that came with an answer."""
    one = queries.file_seen(request.actor, noticefile_id)
    return files.served(one.file, one.name, download=True)
