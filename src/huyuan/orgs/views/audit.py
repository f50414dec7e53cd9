"""The record of what was done, for those who answer for it: search by day, kind, organisation and words."""

from datetime import date, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from huyuan.kernel.days import day_of
from huyuan.kernel.errors import Refused
from huyuan.orgs import queries, rules
from huyuan.orgs.permissions import scope
from huyuan.orgs.request import SignedInRequest
from huyuan.trace.models import Record
from huyuan.trace.verbs import GROUPS, OBJECTS, VERBS

PAGE = 50
WORDS = {
    "how": "方式",
    "address": "来自",
    "device": "设备",
    "reason": "事由",
    "by": "发放",
    "why": "原因",
    "recorded_for": "代录",
}
VALUES = {"password": "密码", "slip": "激活码", "second": "验证码", "print": "打印", "text": "短信"}


@never_cache
@require_safe
def audit(request: SignedInRequest) -> HttpResponse:
    """The records of the organisations whose record I may read; the last half year unless asked otherwise."""
    if not scope(request.actor, "trace.see").exists():
        raise Refused("forbidden", "您现在的职务不能查看操作记录。如需查询，请联系本单位的系统管理员。")
    today = day_of(request.now)
    given = {name: request.GET.get(name, "").replace("\0", "") for name in ("from", "until", "kind", "text")}
    wanted = queries.RecordFilter(
        first=day_or(given["from"], today - timedelta(days=rules.AUDIT_DAYS)),
        last=day_or(given["until"], today),
        verbs=tuple(GROUPS[given["kind"]].verbs) if given["kind"] in GROUPS else (),
        text=given["text"].strip()[:60],
    )
    pages = Paginator(queries.records(request.actor, wanted), PAGE)
    shown = pages.get_page(request.GET.get("page"))
    records = list(shown.object_list)
    names = dict(
        queries.everyones_names(request.actor)
        .filter(id__in={one.org_id for one in records})
        .values_list("id", "short_name")
    )
    query = {name: text for name, text in given.items() if text}
    kinds = [{"value": key, "label": group.zh} for key, group in GROUPS.items()]
    context = {
        "rows": [row(one, names) for one in records],
        "filters": [
            {"name": "from", "label": "从", "type": "date", "value": wanted.first.isoformat()},
            {"name": "until", "label": "到", "type": "date", "value": wanted.last.isoformat()},
            {"name": "kind", "label": "类别", "type": "select", "options": kinds, "value": given["kind"]},
            {"name": "text", "label": "姓名、地址、编号", "type": "search", "value": wanted.text},
        ],
        "found": pages.count,
        "page": shown.number,
        "pages": pages.num_pages,
        "prefix": f"?{urlencode({**query, 'page': ''})}",
        "days": rules.AUDIT_DAYS,
    }
    return render(request, "orgs/audit.html", context)


def day_or(text: str, otherwise: date) -> date:
    """A day that can be reckoned with, else the other one."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return otherwise
    return day if 2000 <= day.year <= 2200 else otherwise


def row(record: Record, names: dict[Any, str]) -> dict[str, Any]:
    """One record in words."""
    at = timezone.localtime(record.at)
    what = OBJECTS.get(record.object_type, "")
    return {
        "at": {"text": f"{at:%Y-%m-%d %H:%M:%S}"},
        "who": joined(record.actor.get("name", ""), names.get(record.org_id, "")),
        "what": joined(VERBS.get(record.verb, record.verb), what),
        "said": said(record),
    }


def joined(*texts: str) -> str:
    """Those that say something, side by side."""
    return " · ".join(text for text in texts if text)


def said(record: Record) -> str:
    """What is worth reading of a sign-in or an elevation; other changes are told by the thing's own page."""
    after = record.after or {}
    told = ((zh, str(after[name])) for name, zh in WORDS.items() if after.get(name))
    return "；".join(f"{zh}：{VALUES.get(value, value)}" for zh, value in told)
