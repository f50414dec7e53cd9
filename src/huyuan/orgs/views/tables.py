"""The county as tables: download one, bring one in."""

from collections.abc import Iterable, Mapping
from io import BytesIO
from uuid import UUID

from django.http import FileResponse, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from huyuan.kernel.days import day_of
from huyuan.kernel.errors import Refused
from huyuan.kernel.fields import Cell
from huyuan.kernel.sheets import LIMIT, write_template
from huyuan.orgs import actions
from huyuan.orgs.actions.tables import require_open
from huyuan.orgs.models import Upload
from huyuan.orgs.permissions import not_found
from huyuan.orgs.request import SignedInRequest
from huyuan.orgs.tables import TABLES, Scene, Table

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TOO_LARGE = Refused("sheet-too-large", f"文件超过{LIMIT // 1024 // 1024}兆，请分成几个文件，分几次上传。")


@never_cache
@require_safe
def tables(request: SignedInRequest) -> HttpResponse:
    """The tables that I may bring in, in the order in which a new county needs them."""
    scene = Scene(request.actor, day_of(request.now))
    mine = [table for table in TABLES.values() if table.open_to(scene)]
    if not mine:
        raise Refused("forbidden", "您现在的职务不能批量导入单位和人员。请联系本单位负责人。")
    return render(request, "orgs/tables.html", {"tables": mine})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def table(request: SignedInRequest, table: str) -> HttpResponse:
    """One table: download it, or hand it in to be looked through."""
    found, scene = wanted(request, table)
    error = ""
    if request.method == "POST":
        sent = request.FILES.get("file")
        try:
            if sent is None:
                raise Refused("invalid-none", "还没有选文件。请先选择填好的表。")
            if (sent.size or 0) > LIMIT:
                raise TOO_LARGE
            upload = actions.receive_table(
                actor=request.actor, key=found.key, name=(sent.name or "").replace("\0", ""),
                content=sent.read(), now=request.now,
            )  # fmt: skip
            return HttpResponseRedirect(reverse("orgs:upload", args=[upload.id]))
        except Refused as refused:
            if refused.http_status in (403, 404):
                raise
            error = refused.message
    layout = found.layout(scene)
    context = {
        "table": found,
        "required": [column.heading for column in layout.columns if column.required],
        "others": [column.heading for column in layout.columns if not column.required],
        "error": error,
    }
    return render(request, "orgs/table.html", context, status=422 if error else 200)


@never_cache
@require_safe
def blank(request: SignedInRequest, table: str) -> HttpResponseBase:
    """The empty table with its drop-downs."""
    found, scene = wanted(request, table)
    return as_file(found, scene, (), f"{found.title}-模板.xlsx")


@never_cache
@require_safe
def excel(request: SignedInRequest, table: str) -> HttpResponseBase:
    """The table with what is there; it can be corrected and brought in again."""
    found, scene = wanted(request, table)
    return as_file(found, scene, found.rows(scene), f"{found.title}-{scene.day:%Y%m%d}.xlsx")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: SignedInRequest, upload_id: UUID) -> HttpResponse:
    """What a table would change or has changed, and what has to be put right; bring it in, or drop it."""
    found = Upload.objects.defer("content").filter(id=upload_id, uploader=request.actor.person_id).first()
    if found is None:
        raise not_found()
    if request.method == "POST":
        if request.POST.get("drop"):
            actions.discard_table(actor=request.actor, upload_id=upload_id)
            return HttpResponseRedirect(reverse("orgs:table", args=[found.table]))
        actions.bring_in_table(actor=request.actor, upload_id=upload_id, now=request.now)
        return HttpResponseRedirect(reverse("orgs:upload", args=[upload_id]))
    stopping = [finding for finding in found.findings if finding[3]]
    context = {
        "upload": found,
        "table": TABLES[found.table],
        "counts": found.counts,
        "stopping": [line(finding) for finding in stopping],
        "notes": [line(finding) for finding in found.findings if not finding[3]],
        "more": found.counts["findings"] - len(found.findings),
        "nothing": not found.counts["new"] and not found.counts["changed"],
    }
    return render(request, "orgs/upload.html", context)


def line(finding: tuple[int, str, str, bool]) -> dict[str, str]:
    """A row of the report."""
    number, column, text, _ = finding
    return {"row": f"第{number}行" if number else "整个表", "column": column, "text": text}


def wanted(request: SignedInRequest, key: str) -> tuple[Table, Scene]:
    """The table with this key, if the actor may bring it in anywhere."""
    found = TABLES.get(key)
    if found is None:
        raise not_found()
    scene = Scene(request.actor, day_of(request.now))
    require_open(scene, found)
    return found, scene


def as_file(found: Table, scene: Scene, rows: Iterable[Mapping[str, Cell]], name: str) -> HttpResponseBase:
    """The table as a worksheet."""
    out = BytesIO()
    write_template(out, found.layout(scene), rows)
    out.seek(0)
    return FileResponse(out, as_attachment=True, filename=name, content_type=XLSX)
