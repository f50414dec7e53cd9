"""The page of one duty in one period: the verdict, and everything behind it."""

from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from huyuan.duties import actions
from huyuan.duties.rules.because import due_zh, moment, number, plain
from huyuan.duties.rules.verdicts import MARKS
from huyuan.kernel.days import day_of, last_day
from huyuan.kernel.errors import Refused
from huyuan.orgs.permissions import not_found
from huyuan.orgs.request import SignedInRequest
from huyuan.portal import addresses, rules
from huyuan.portal.queries import duty as queries
from huyuan.portal.queries.duty import Asked, Page


@require_http_methods(["GET", "HEAD", "POST"])
def duty(request: SignedInRequest, org_id: UUID, pack: str, rule: str, day: str, period: str) -> HttpResponse:
    """A cell, named by organisation, rule, first day of its period, and period; posting excuses from it."""
    asked = asked_in(request, org_id, f"{pack}/{rule}", day, period)
    page = queries.page(request.actor, asked, request.now)
    errors: dict[str, str] = {}
    if request.method == "POST":
        errors = waive(request, page)
        if not errors:
            return HttpResponseRedirect(request.get_full_path())
    cell, words = page.cell, page.library.words
    due = cell.due_at and last_day(cell.due_at)
    open_now = not page.closed and page.verdict in ("owed", "overdue", "unknown")
    context = {
        "org": page.org,
        "title": rules.title(cell, words),
        "period": cell.name,
        "verdict": page.verdict,
        "marks": [MARKS[mark] for mark in cell.marks if mark in MARKS],
        "told": rules.told([cell], words, request.now) if open_now and cell.because else "",
        "because": page.because,
        "corrections": [
            {"verdict": one.becomes, "reason": one.reason, "at": moment(one.at)} for one in page.corrections
        ],
        "closed": page.closed,
        "text": page.text,
        "facts": facts(page, due),
        "records": [record(page, row) for row in page.records],
        "same_proofs": [
            {
                "title": rules.title(one, words),
                "citation": page.texts[one.binding.rule_id].citation,
                "verdict": one.verdict,
                "url": addresses.cell_url(one),
            }
            for one in page.same_proofs
        ],
        "earlier": [earlier(page, row) for row in page.earlier],
        "doing_url": addresses.doing_url(request.actor, cell, page.library) if open_now else "",
        "may_waive": page.may_waive,
        "errors": errors,
        "given": {
            "until": request.POST.get("until", cell.day.isoformat()),
            "reason": request.POST.get("reason", ""),
        },
    }
    return render(request, "portal/duty.html", context, status=422 if errors else 200)


def waive(request: SignedInRequest, page: Page) -> dict[str, str]:
    """Excuse the organisation from the rule, from this period's first day on; what was wrong, by field."""
    cell = page.cell
    reason = request.POST.get("reason", "").strip()
    try:
        until = date.fromisoformat(request.POST.get("until", ""))
    except ValueError:
        return {"until": "请选择免除到哪一天。"}
    try:
        actions.waive(
            actor=request.actor,
            adoption_id=cell.binding.adoption_id,
            org_id=cell.org_id,
            rule_key=cell.binding.rule.key,
            from_day=day_of(cell.start_at),
            until=until,
            reason=reason,
            now=request.now,
        )
    except Refused as refused:
        if refused.http_status in (403, 404):
            raise
        return {"reason": refused.message}
    return {}


def asked_in(request: SignedInRequest, org_id: UUID, rule: str, day: str, period: str) -> Asked:
    """The cell that the address names; what can't be read is something that does not exist."""
    try:
        subject = UUID(request.GET["subject"]) if "subject" in request.GET else None
        return Asked(org_id, rule, date.fromisoformat(day), period, subject, request.GET.get("part", ""))
    except ValueError:
        raise not_found() from None


def facts(page: Page, due: date | None) -> list[dict[str, Any]]:
    """When the period runs, when it closes, whose duty it is."""
    cell = page.cell
    rows = [("时段", cell.name), ("开始", moment(cell.start_at))]
    if cell.due_at and due:
        rows.append(("期限", due_zh(cell.due_at)))
    if cell.close_at:
        rows.append(("结账", due_zh(cell.close_at)))
    if not cell.due_at:
        rows.append(("期限", "没有规定时限"))
    return [{"key": key, "value": value} for key, value in rows]


def record(page: Page, row: dict[str, Any]) -> dict[str, Any]:
    """One proof as the page lists it, with how much later than it happened it was recorded."""
    words = page.library.words
    if "act" in row:
        what = words.get(f"act:{row['act']}", row["act"]) + ("（联合）" if row["joint"] else "")
    elif "measure" in row:
        measure = words.get(f"measure:{row['measure']}", row["measure"])
        what = f"{measure}：{number(row['value'])}"
    else:
        kind = words.get(f"qualified:{row['qualified']}", row["qualified"])
        what = f"{kind}在岗，至{moment(row['ends_at'])}{'（值班表）' if row['planned'] else ''}"
    what += f"（{row['recorder']}代录）" if row["recorder"] else ""
    days = (day_of(row["recorded_at"]) - day_of(row["occurred"])).days
    entry, case = row["entry"], row["case"]
    page_of = (entry, "registers:entry") if entry else (case, "cases:case")
    return {
        "what": what,
        "occurred": moment(row["occurred"])
        if "day" not in row
        else f"{row['day'].month}月{row['day'].day}日起",
        "recorded": moment(row["recorded_at"]),
        "lag": f"{days}天后录入" if days > 0 else "当天录入",
        "number": page_of[0]["number"] if page_of[0] else "",
        "url": reverse(page_of[1], args=[page_of[0]["id"]]) if page_of[0] else "",
    }


SHORT = 6
"""Names of periods up to this length fit into the strip; of longer ones it shows the first day."""


def earlier(page: Page, row: dict[str, Any]) -> dict[str, Any]:
    """An earlier period in the strip."""
    cell = page.cell
    pack, _, rule = cell.binding.key.partition("/")
    first = day_of(row["start_at"])
    address = reverse("portal:duty", args=[cell.org_id, pack, rule, first, row["period"]])
    which = {"part": row["part"]} if row["part"] else {}
    if cell.subject_id != cell.org_id:
        which["subject"] = str(cell.subject_id)
    return {
        "name": row["period_name"],
        "short": row["period_name"] if len(row["period_name"]) <= SHORT else plain(first),
        "verdict": row["verdict"],
        "url": f"{address}?{urlencode(which)}" if which else address,
    }
