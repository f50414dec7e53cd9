"""Writing a notice: what, until when, what table; then who gets it."""

from uuid import UUID, uuid4

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from huyuan.kernel.days import zh_deadline
from huyuan.kernel.errors import Refused
from huyuan.orgs.permissions import not_found, require
from huyuan.orgs.request import SignedInRequest
from huyuan.papers import actions, queries, rules
from huyuan.papers.models import Notice
from huyuan.papers.views.filing import uuid_given
from huyuan.papers.views.trying import Tried, handed_in, shown
from huyuan.registers.forms import with_file_names

#: words that an address may begin a notice with: field → its name there
GIVEN = {"title": "about", "text": "say"}


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
    # Most tables ask each organisation for one line; where another page led here, it gave the words.
    begun = {field: request.GET[name] for field, name in GIVEN.items() if name in request.GET}
    tried = Tried(draft.body | {"attachment": kept_attachment(draft)} if draft else {"many": False} | begun)
    values = tried.values
    if request.method == "POST":
        client_id = uuid_given(request.POST.get("client_uuid", ""))
        org_id = uuid_given(request.POST.get("org_id", ""))
        require(request.actor, "notice.issue", org_id)

        def save(answers: dict[str, list[str]], uploads: dict[UUID, str]) -> HttpResponse:
            saved = actions.notice_draft(
                actor=request.actor, org_id=org_id, client_id=client_id, answers=answers, uploads=uploads,
                now=request.now,
            )  # fmt: skip
            page = reverse("papers:notice-recipients", args=[saved.id])
            return HttpResponseRedirect(f"{page}?received={client_id}")

        answer = handed_in(request, fields, save)
        if isinstance(answer, HttpResponse):
            return answer
        tried = answer
        values = with_file_names(fields, tried.values, shown(tried.held))
    values["columns"] = values.get("columns") or [{}, {}, {}]
    context = {
        "fields": fields,
        "values": values,
        "client_id": client_id,
        "org_id": org_id,
        "orgs": names,
        "draft": draft,
        **tried.context,
    }
    return render(request, "papers/notice_compose.html", context, status=tried.status)


def kept_attachment(draft: Notice) -> list[dict[str, str]]:
    """The attachment of a draft as the form shows it."""
    if draft.file_id is None:
        return []
    url = reverse("papers:notice-attachment", args=[draft.id])
    return [{"id": str(draft.file_id), "name": draft.file_name, "url": url}]


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
