"""Bringing in a table of past entries: the empty one to fill in, the upload, what was found, the
confirmation."""

from io import BytesIO
from typing import Any
from uuid import UUID

from django.http import FileResponse, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huyuan.kernel import sheets as tables
from huyuan.kernel.days import day_of
from huyuan.kernel.errors import Refused
from huyuan.orgs import vocabulary
from huyuan.orgs.permissions import allowed_actions, not_found
from huyuan.orgs.request import SignedInRequest
from huyuan.registers import actions, queries, sheets
from huyuan.registers.models import Form, Import
from huyuan.registers.rules import ENTRY, STATES
from huyuan.registers.schema import FormSpec
from huyuan.registers.tables import previewed
from huyuan.registers.views.filling import uuid_given
from huyuan.registers.views.ledgers import XLSX


@require_http_methods(["GET", "HEAD", "POST"])
def import_(request: SignedInRequest, key: str) -> HttpResponse:
    """Upload a table for a form; before that, its empty one, and what was brought in already."""
    form = queries.current_form(key)
    org_id = organisation_of(request, queries.spec_of(form))
    refused: Refused | None = None
    if request.method == "POST":
        try:
            table = uploaded(request, key, org_id)
            return HttpResponseRedirect(reverse("registers:imported", args=[table.id]))
        except Refused as error:
            if error.http_status in (403, 404):
                raise
            refused = error
    return upload_page(request, form, org_id, refused)


def upload_page(
    request: SignedInRequest, form: Form, org_id: UUID, refused: Refused | None = None
) -> HttpResponse:
    spec, layout = queries.table_layout(form, org_id, request.now)
    context = {
        "spec": spec,
        "org_id": org_id,
        "org_name": next(one.org_name for one in request.actor.holdings if one.org_id == org_id),
        "columns": layout.template,
        "left_out": [field.label for field in spec.fields if field.type in ("photo", "file", "signature")],
        "confirmers": confirmers(spec),
        "earlier": list(queries.tables_of(spec, org_id)[:20]),
        "refused": refused,
        "moment": sheets.moment_text,
    }
    return render(request, "registers/import.html", context, status=refused.http_status if refused else 200)


def uploaded(request: SignedInRequest, key: str, org_id: UUID) -> Import:
    """The table that was sent, looked through."""
    upload = request.FILES.get("table")
    if upload is None:
        raise Refused("missing-table", "请先选择要导入的表格，再点“上传核对”。")
    return actions.receive_table(
        actor=request.actor,
        form_key=key,
        org_id=org_id,
        name=upload.name or "未命名",
        content=upload.read(tables.LIMIT + 1),
        now=request.now,
    )


@require_safe
def template(request: SignedInRequest, key: str) -> FileResponse:
    """The empty table of a form, with drop-downs."""
    form = queries.current_form(key)
    org_id = organisation_of(request, queries.spec_of(form))
    spec, layout = queries.table_layout(form, org_id, request.now)
    out = BytesIO()
    tables.write_template(out, layout)
    out.seek(0)
    return FileResponse(out, as_attachment=True, filename=f"{spec.title}导入模板.xlsx", content_type=XLSX)


@require_safe
def imported(request: SignedInRequest, import_id: UUID) -> HttpResponse:
    """What was found in a table; then what came of it."""
    return table_page(request, import_id)


def table_page(request: SignedInRequest, import_id: UUID, refused: Refused | None = None) -> HttpResponse:
    table, spec = queries.table_seen(request.actor, import_id)
    counts = queries.counts_of(table) if table.imported_at else {}
    context = {
        "table": table,
        "spec": spec,
        "stopping": said(table, stops=True),
        "notes": said(table, stops=False),
        "columns": [
            {"key": "line", "label": "行"},
            {"key": "column", "label": "列"},
            {"key": "text", "label": "怎么改"},
        ],
        "counts": counts,
        "standing": sum(count for state, count in counts.items() if state != "void"),
        "buttons": buttons(request, table, counts),
        "confirmers": confirmers(spec),
        "preview": preview(table, spec) if table.imported_at is None and not table.stopped else None,
        "states": STATES,
        "ledger_url": f"{reverse('registers:ledger', args=[spec.key])}?org={table.org_id}",
        "refused": refused,
        "moment": sheets.moment_text,
    }
    return render(request, "registers/imported.html", context, status=refused.http_status if refused else 200)


def said(table: Import, *, stops: bool) -> list[dict[str, Any]]:
    """The findings that stop the table, or the other ones, as its page lists them."""
    return [
        {"line": f"第{line}行" if line else "整表", "column": column or "—", "text": text}
        for line, column, text, stopping in table.findings
        if stopping is stops
    ]


def buttons(request: SignedInRequest, table: Import, counts: dict[str, int]) -> set[str]:
    """What this actor can do with the table now."""
    can = allowed_actions(request.actor, table.org_id, ("entry.import", "entry.void"))
    if table.imported_at is None:
        ready = table.rows and not table.stopped
        return {"discard", *(["import"] if ready else [])} if "entry.import" in can else set()
    found: set[str] = set()
    if counts.get("submitted"):
        first = table.entries.filter(state="submitted").select_related("form")[:1]
        for facts in queries.confirmation_facts(request.actor, first, day_of(request.now)).values():
            found |= {step.verb for step in ENTRY.allowed("submitted", "confirmer", facts)} & {"confirm"}
    if "entry.void" in can and any(state != "void" for state in counts):
        found.add("void")
    return found


def preview(table: Import, spec: FormSpec) -> dict[str, Any]:
    """The first entries of a table as it was looked through, under the headings of the ledger."""
    titles = ["行", *(tables.titled(field) for field in previewed(spec))]
    return {
        "span": table.preview["span"],
        "columns": [{"key": number, "label": title} for number, title in enumerate(titles)],
        "rows": [dict(enumerate(texts)) for texts in table.preview["rows"]],
    }


@require_POST
def decide_table(request: SignedInRequest, import_id: UUID, verb: str) -> HttpResponse:
    """One step of a table. What is refused is said on its own page."""
    given: dict[str, Any] = {"actor": request.actor, "import_id": import_id, "now": request.now}
    try:
        match verb:
            case "import":
                actions.import_table(**given)
            case "confirm":
                actions.confirm_table(**given)
            case "void":
                actions.void_table(**given, reason=request.POST.get("reason", ""))
            case "discard":
                actions.discard_table(actor=request.actor, import_id=import_id)
                return HttpResponseRedirect(reverse("registers:ledgers"))
            case _:
                raise not_found()
    except Refused as refused:
        if refused.http_status in (403, 404):
            raise
        return table_page(request, import_id, refused)
    return HttpResponseRedirect(reverse("registers:imported", args=[import_id]))


def organisation_of(request: SignedInRequest, spec: FormSpec) -> UUID:
    """For which of the actor's organisations. Raises Refused `forbidden-form`."""
    asked = request.POST.get("org") or request.GET.get("org")
    able = queries.importing_orgs(request.actor, spec)
    if asked and uuid_given(asked) in able:
        return uuid_given(asked)
    if asked or not able:
        raise Refused("forbidden-form", f"“{spec.title}”的台账由本单位负责安全的同事导入。请与他们联系。")
    return able[0]


def confirmers(spec: FormSpec) -> str:
    """分管安全副校（园）长或校（园）长; empty where nobody need confirm."""
    named = vocabulary.names("post")
    return "或".join(named.get(post, post) for post in spec.confirmed_by)
