"""Pages of papers: what an organisation keeps, uploading, handing in, the receiver's inbox."""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from django.http import FileResponse, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huyuan.kernel.days import day_of
from huyuan.kernel.errors import Refused
from huyuan.orgs.models import Organisation
from huyuan.orgs.permissions import allowed, allowed_actions, not_found, require
from huyuan.orgs.request import SignedInRequest
from huyuan.papers import actions, queries, sheets
from huyuan.papers.models import Submission
from huyuan.papers.queries import InboxFilters
from huyuan.registers.sheets import moment_text
from huyuan.trace import files

STATES = {"received": "待签收", "acknowledged": "已签收", "returned": "已退回"}
SHOWN = 200


@require_safe
def papers(request: SignedInRequest, org_id: UUID | None = None) -> HttpResponse:
    """What an organisation keeps and hands in: policies in force, missing ones, what was sent."""
    org_id = org_id or first_org(request)
    today = day_of(request.now)
    kept = queries.policies(request.actor, org_id, today)
    titles = {key: spec.title for key, spec in queries.kinds().items()}
    can = allowed_actions(request.actor, org_id, ("paper.keep", "paper.submit"))
    context = {
        "org": Organisation.objects.get(id=org_id),
        "orgs": {holding.org_id: holding.org_name for holding in request.actor.holdings},
        "kept": kept,
        "missing": sum(one.required and one.in_force is None for one in kept),
        "to_hand_in": queries.to_hand_in(request.actor, org_id) if "paper.submit" in can else [],
        "period": f"{today:%Y-%m}",
        "sent": [row(one, titles) for one in queries.sent(request.actor, org_id)[:24]],
        "may_keep": "paper.keep" in can,
        "receives": allowed(request.actor, "paper.receive", org_id),
        "moment": moment_text,
    }
    return render(request, "papers/papers.html", context)


@require_safe
def completeness(request: SignedInRequest) -> HttpResponse:
    """Which of the policies that they must keep the organisations in sight have, the least complete first."""
    found = queries.completeness(request.actor, day_of(request.now))
    found.sort(key=lambda one: -len(one.missing))
    rows = [
        {
            "name": one.name,
            "url": reverse("papers:org", args=[one.org_id]),
            "required": one.required,
            "held": one.required - len(one.missing),
            "missing": "、".join(one.missing) or "齐全",
            "review_due": one.review_due,
        }
        for one in found
    ]
    whole = sum(not one.missing for one in found)
    return render(request, "papers/completeness.html", {"rows": rows, "whole": whole})


@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: SignedInRequest, org_id: UUID) -> HttpResponse:
    """File a policy or a new version of one. The old version stays readable and is replaced."""
    kinds = queries.keepable(request.actor, org_id)
    errors: dict[str, str] = {}
    values = {
        "kind": request.GET.get("kind", ""),
        "title": "",
        "from_day": day_of(request.now).isoformat(),
        "review_on": "",
    }
    if request.method == "POST":
        values |= {name: request.POST.get(name, "") for name in values}
        from_day, review_on = day_given(values["from_day"]), day_given(values["review_on"])
        sent = request.FILES.get("file")
        if from_day is None:
            errors["from_day"] = "请填写生效日期，如 2026-10-01。"
        if values["review_on"] and review_on is None:
            errors["review_on"] = "请填写复审日期，如 2027-10-01，或留空。"
        if sent is None:
            errors["file"] = "请选择文件。"
        if sent is not None and from_day is not None and not errors:
            try:
                actions.policy_put(
                    actor=request.actor,
                    org_id=org_id,
                    kind=values["kind"],
                    title=values["title"],
                    from_day=from_day,
                    review_on=review_on,
                    upload=actions.Upload(sent.name or "未命名", sent.read(files.LIMIT + 1)),
                    now=request.now,
                )
                return HttpResponseRedirect(reverse("papers:org", args=[org_id]))
            except Refused as refused:
                if refused.http_status in (403, 404) and refused.code != "unknown-paper":
                    raise
                named = refused.facts.get("errors")
                errors = named if isinstance(named, dict) else {"file": refused.message}
    fields: list[dict[str, Any]] = [
        {
            "id": "kind",
            "label": "种类",
            "type": "choice",
            "required": True,
            "options": [{"value": spec.key, "label": spec.title} for spec in kinds],
        },
        {"id": "title", "label": "文件名称", "type": "text", "required": True, "max_length": 120},
        {"id": "from_day", "label": "生效日期", "type": "date", "required": True},
        {"id": "review_on", "label": "复审日期", "type": "date", "hint": "到这一天提醒重新审定。"},
        {"id": "file", "label": "文件", "type": "file", "required": True, "max": 1},
    ]
    context = {
        "org": Organisation.objects.get(id=org_id),
        "fields": fields,
        "values": values,
        "errors": errors,
    }
    return render(request, "papers/upload.html", context, status=422 if errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def submit(request: SignedInRequest, org_id: UUID, kind: str) -> HttpResponse:
    """A paper before it is sent: its lists as they will stand in the file, who receives it, and one
    button."""
    require(request.actor, "paper.submit", org_id)
    spec = queries.kind(kind)
    period = request.POST.get("period") or request.GET.get("period") or f"{day_of(request.now):%Y-%m}"
    refused: Refused | None = None
    if request.method == "POST":
        try:
            given: dict[str, Any] = {
                "actor": request.actor,
                "org_id": org_id,
                "kind": kind,
                "period": period,
                "client_id": uuid_given(request.POST.get("client_uuid", "")),
                "now": request.now,
            }
            if spec.collects:
                sent = actions.submit_collected(**given)
            else:
                file = request.FILES.get("file")
                if file is None:
                    raise Refused("missing-file", "请选择要报送的文件。")
                content = actions.Upload(file.name or "未命名", file.read(files.LIMIT + 1))
                sent = actions.submit_file(**given, upload=content)
            return HttpResponseRedirect(f"{reverse('papers:submission', args=[sent.id])}?received=1")
        except Refused as error:
            if error.http_status in (403, 404) and error.code != "unknown-paper":
                raise
            refused = error
    entries = []
    if spec.collects and not (refused and refused.code == "invalid-period"):
        entries = queries.collected(org_id, spec, period)
    context = {
        "org": Organisation.objects.get(id=org_id),
        "spec": spec,
        "period": period,
        "to": queries.receiver(org_id, spec),
        "tables": [
            {
                "title": table.title,
                "columns": [{"key": str(index), "label": name} for index, name in enumerate(table.columns)],
                "rows": [{str(index): text for index, text in enumerate(line)} for line in table.rows],
            }
            for table in (sheets.tables(spec, entries) if spec.collects else [])
        ],
        "entries": len(entries),
        "client_id": uuid4(),
        "refused": refused,
        "before": [
            row(one, {kind: spec.title})
            for one in queries.sent(request.actor, org_id).filter(kind=kind, period=period)
        ],
    }
    return render(request, "papers/submit.html", context, status=422 if refused else 200)


@require_safe
def submission(request: SignedInRequest, submission_id: UUID) -> HttpResponse:
    """One submission: what it is, when it was received, what the receiver did with it."""
    return submission_page(request, submission_id)


def submission_page(
    request: SignedInRequest, submission_id: UUID, refused: Refused | None = None
) -> HttpResponse:
    found = queries.submission_seen(request.actor, submission_id)
    titles = {key: spec.title for key, spec in queries.kinds().items()}
    context = {
        "submission": found,
        "title": titles.get(found.kind, found.kind),
        "state": STATES[state_of(found)],
        "may_decide": state_of(found) == "received" and allowed(request.actor, "paper.receive", found.to_id),
        "received": "received" in request.GET,
        "refused": refused,
        "moment": moment_text,
    }
    return render(request, "papers/submission.html", context, status=refused.http_status if refused else 200)


@require_safe
def inbox(request: SignedInRequest) -> HttpResponse:
    """What was handed to my organisation, narrowed by kind, month and state."""
    filters = InboxFilters(
        kind=request.GET.get("kind", "")[:80].replace("\0", ""),
        period=request.GET.get("period", "")[:20].replace("\0", ""),
        state=request.GET.get("state", ""),
    )
    found = queries.inbox(request.actor, filters)
    kinds = [spec for spec in queries.kinds().values() if spec.nature == "submission"]
    titles = {spec.key: spec.title for spec in kinds}
    context = {
        "filters": [
            {
                "name": "kind",
                "label": "材料",
                "type": "select",
                "value": filters.kind,
                "options": [{"value": key, "label": title} for key, title in titles.items()],
            },
            {"name": "period", "label": "月份", "type": "month", "value": filters.period},
            {
                "name": "state",
                "label": "状态",
                "type": "select",
                "value": filters.state,
                "options": [{"value": key, "label": label} for key, label in STATES.items()],
            },
        ],
        "count": found.count(),
        "rows": [row(one, titles) for one in found[:SHOWN]],
        "shown": SHOWN,
    }
    return render(request, "papers/inbox.html", context)


@require_POST
def decide(request: SignedInRequest, submission_id: UUID, verb: str) -> HttpResponse:
    """Acknowledge a submission or send it back."""
    given: dict[str, Any] = {"actor": request.actor, "submission_id": submission_id, "now": request.now}
    try:
        match verb:
            case "acknowledge":
                actions.acknowledge(**given)
            case "return":
                actions.send_back(**given, reason=request.POST.get("reason", ""))
            case _:
                raise not_found()
    except Refused as refused:
        if refused.http_status in (403, 404):
            raise
        return submission_page(request, submission_id, refused)
    return HttpResponseRedirect(reverse("papers:submission", args=[submission_id]))


@require_POST
def withdraw(request: SignedInRequest, policy_id: UUID) -> HttpResponse:
    """Take a policy out of force."""
    policy = actions.policy_withdraw(
        actor=request.actor,
        policy_id=policy_id,
        reason=request.POST.get("reason", ""),
        now=request.now,
    )
    return HttpResponseRedirect(reverse("papers:org", args=[policy.org_id]))


@require_safe
def policy_file(request: SignedInRequest, policy_id: UUID) -> FileResponse:
    """The file of a policy that the actor may see."""
    policy = queries.policy_seen(request.actor, policy_id)
    if policy.file is None:
        raise not_found()
    return files.served(policy.file, policy.name or policy.title, download=True)


@require_safe
def submission_file(request: SignedInRequest, submission_id: UUID) -> FileResponse:
    """The file of a submission that the actor sent, received or looks after."""
    found = queries.submission_seen(request.actor, submission_id)
    return files.served(found.file, found.name, download=True)


def row(one: Submission, titles: dict[str, str]) -> dict[str, Any]:
    """A submission as a row of a table."""
    return {
        "url": reverse("papers:submission", args=[one.id]),
        "title": titles.get(one.kind, one.kind),
        "org": one.org.name,
        "to": one.to.name,
        "period": one.period,
        "received": moment_text(one.received_at),
        "state": STATES[state_of(one)],
    }


def state_of(one: Submission) -> str:
    if one.returned_at:
        return "returned"
    return "acknowledged" if one.acknowledged_at else "received"


def first_org(request: SignedInRequest) -> UUID:
    if not request.actor.holdings:
        raise not_found()
    return request.actor.holdings[0].org_id


def day_given(text: str) -> date | None:
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        return None


def uuid_given(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise not_found() from None
