"""村级排查表: the villages' returns of a month in one table, chasing what is missing, and what the town makes
of them; for the county the sums by town."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django.http import FileResponse, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_POST, require_safe

from huyuan.kernel.days import day_of, zh_day, zh_deadline
from huyuan.kernel.errors import Refused
from huyuan.orgs.permissions import reached
from huyuan.orgs.request import SignedInRequest
from huyuan.portal import actions
from huyuan.portal.queries import village_returns as queries
from huyuan.portal.sheets import Sheet, write_excel
from huyuan.portal.views.agenda import day_given
from huyuan.portal.village_returns import BEFORE, COUNTED, Month, Totals, Village, together
from huyuan.registers.views.filling import uuid_given

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
def village_returns(request: SignedInRequest) -> HttpResponse:
    """`?month=2026-10`: the villages one by one, or the sums by town for whoever reads no more. `?asked=`,
    `?before=`, `?phone=` say what became of a press on 催报."""
    month = month_given(request)
    return county(request, month) if sums_only(request) else town(request, month)


def town(request: SignedInRequest, month: Month, refused: Refused | None = None) -> HttpResponse:
    """The villages of the actor's town."""
    page = queries.page(request.actor, month, request.now)
    missing = [one for one in page.villages if one.counts is None]
    context = months(request, month) | {
        "town": page.town,
        "due": zh_deadline(page.due_at, request.now) if page.due_at else "",
        "totals": page.totals,
        "columns": columns(),
        "rows": [row(one, page, month) for one in page.villages],
        "total": {"name": "合计", **page.totals.counts},
        "to_telephone": [one for one in missing if not one.reachable],
        "to_ask": [one for one in missing if one.reachable],
        "collects": page.office is not None,
        "client_uuid": uuid4(),
        "said": asked_said(request),
        "refused": refused.message if refused else "",
        "odd": sum(one.contradicts for one in page.villages),
    }
    status = refused.http_status if refused else 200
    return render(request, "portal/village_returns/town.html", context, status=status)


def county(request: SignedInRequest, month: Month) -> HttpResponse:
    """The sums of each town."""
    towns = queries.by_town(request.actor, month)
    context = months(request, month) | {
        "columns": [*county_columns(), *counted()],
        "rows": [county_row(name, one) for name, one in towns.items()],
        "total": county_row("全县", together(towns.values())),
    }
    return render(request, "portal/village_returns/county.html", context)


@require_POST
def chase(request: SignedInRequest) -> HttpResponse:
    """Ask for what is missing; back to the page, which says who is to be telephoned."""
    month = month_given(request)
    done = actions.chase(actor=request.actor, month=month, now=request.now)
    said = {"asked": done.asked, "before": done.before, "phone": done.by_telephone}
    return HttpResponseRedirect(f"{address(month)}&{urlencode(said)}")


@require_POST
def begin(request: SignedInRequest, what: str) -> HttpResponse:
    """Begin the town's sum or bulletin of the month, then go on with it as with any draft."""
    month = month_given(request)
    make = {"collection": actions.draft_collection, "bulletin": actions.draft_bulletin}[what]
    client_id = uuid_given(request.POST.get("client_uuid", ""))
    try:
        entry = make(actor=request.actor, month=month, client_id=client_id, now=request.now)
    except Refused as refused:
        if refused.http_status in (403, 404):
            raise
        return town(request, month, refused)
    return HttpResponseRedirect(reverse("registers:edit", args=[entry.id]))


@require_safe
def excel(request: SignedInRequest) -> FileResponse:
    """The same table as a worksheet."""
    month = month_given(request)
    if sums_only(request):
        towns = queries.by_town(request.actor, month)
        shown = [*county_columns(), *counted()]
        rows = [county_row(name, one) for name, one in towns.items()]
        rows.append(county_row("全县", together(towns.values())))
    else:
        page = queries.page(request.actor, month, request.now)
        shown = columns()
        rows = [row(one, page, month) for one in page.villages]
        rows.append({"name": "合计", **page.totals.counts})
    title = f"{month.zh}矛盾纠纷排查表"
    cells = [[plain(one.get(column["key"])) for column in shown] for one in rows]
    sheet = Sheet(month.key, title, [column["label"] for column in shown], cells)
    out = BytesIO()
    heading = request.actor.holdings[0].org_name
    write_excel(out, [sheet], heading=heading, made_by=request.actor.name, now=request.now)
    out.seek(0)
    return FileResponse(out, as_attachment=True, filename=f"{title}.xlsx", content_type=XLSX)


# ---- parts
# ---------------------------------------------------------------------------------------------------------
def month_given(request: SignedInRequest) -> Month:
    """The month asked for; without one, or for one that is still to come, this month."""
    today = day_of(request.now)
    asked = request.POST.get("month") or request.GET.get("month", "")
    return Month(min(day_given(f"{asked}-01", today), today).replace(day=1))


def sums_only(request: SignedInRequest) -> bool:
    """Does the actor read sums and no village's own?"""
    return queries.counts_towns(request.actor) and not reached(request.actor, "returns.see")


def address(month: Month) -> str:
    return f"{reverse('portal:village-returns')}?month={month.key}"


def months(request: SignedInRequest, month: Month) -> dict[str, Any]:
    """The month in sight and its neighbours; nothing lies after this one."""
    following = month.following
    return {
        "month": month,
        "before_url": address(month.before),
        "after_url": address(following) if following.first <= day_of(request.now) else "",
        "excel_url": f"{reverse('portal:village-returns-excel')}?month={month.key}",
    }


def counted() -> list[dict[str, Any]]:
    return [{"key": key, "label": zh, "numeric": True} for key, zh in COUNTED.items()]


def columns() -> list[dict[str, Any]]:
    """The columns of the table of villages."""
    return [{"key": "name", "label": "村（居）"}, {"key": "state", "label": "报送"}, *counted()]


def row(one: Village, page: queries.Page, month: Month) -> dict[str, Any]:
    """A village in the table."""
    state: dict[str, Any] = {"status": one.verdict, "word": word(one)} if one.verdict else {"text": word(one)}
    if one.handed_in:
        state["hint"] = f"{zh_day(one.handed_in)} · {one.by}"
    elif page.office:
        asked = urlencode({"org": str(one.id), "by": str(page.office.org_id), "month": month.key})
        state |= {"text": "代录", "url": f"{reverse('registers:fill', args=[queries.RETURN])}?{asked}"}
        state["hint"] = f"{zh_day(one.chased)}催过" if one.chased else ""
    counts: dict[str, Any] = {key: one.counts[key] if one.counts else None for key in COUNTED}
    if one.contradicts:
        counts[BEFORE] = {"text": counts[BEFORE], "hint": f"上月报的是{one.was_open}件"}
    url = reverse("registers:entry", args=[one.entry_id]) if one.entry_id else ""
    return {"url": url, "name": one.name, "state": state, **counts}


def word(one: Village) -> str:
    """已报, 逾期报送, 还没有报: what the village's mark says."""
    if one.counts is None:
        return "没有报" if one.verdict != "overdue" else "逾期没有报"
    return "逾期报送" if one.late else "已报"


def county_columns() -> list[dict[str, Any]]:
    return [
        {"key": "name", "label": "乡镇"},
        {"key": "villages", "label": "应报", "numeric": True},
        {"key": "received", "label": "已报", "numeric": True},
    ]


def county_row(name: str, one: Totals) -> dict[str, Any]:
    return {"name": name, "villages": one.villages, "received": one.received, **one.counts}


def plain(value: Any) -> str | int | None:
    """A cell of the table as a worksheet takes it."""
    if not isinstance(value, Mapping):
        text: str | int | None = value
        return text
    said = [value.get("word", ""), value.get("hint", "")] if "word" in value else [str(value.get("text", ""))]
    return " ".join(part for part in said if part)


def asked_said(request: SignedInRequest) -> str:
    """What became of a press on 催报."""
    given = [request.GET.get(name, "") for name in ("asked", "before", "phone")]
    if not all(text.isdecimal() for text in given):
        return ""
    asked, before, phone = (int(text[:6]) for text in given)
    parts = [f"已发消息催报{asked}个村"]
    parts += [f"{before}个村今天催过，没有再发"] if before else []
    parts += [f"{phone}个村没有账号，请打电话"] if phone else []
    return "；".join(parts) + "。"


PAGES = [
    path("village-returns/", village_returns, name="village-returns"),
    path("village-returns/excel/", excel, name="village-returns-excel"),
    path("village-returns/chase/", chase, name="village-returns-chase"),
    path("village-returns/collection/", begin, {"what": "collection"}, name="village-returns-collection"),
    path("village-returns/bulletin/", begin, {"what": "bulletin"}, name="village-returns-bulletin"),
]
