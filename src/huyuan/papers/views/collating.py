"""What was answered to a notice, put together: a table, an Excel file, an archive of files."""

import zipfile
from io import BytesIO
from uuid import UUID

from django.http import FileResponse, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from huyuan.kernel.fields import STORED, display
from huyuan.orgs.permissions import require
from huyuan.orgs.request import SignedInRequest
from huyuan.papers import queries, rules, sheets
from huyuan.papers.models import Notice
from huyuan.registers.sheets import moment_text
from huyuan.trace import files

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


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
