"""Adoptions: what binds whom from when, with which answers; ending one; matters to be decided."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_safe

from huyuan.duties import actions
from huyuan.duties.models import Adoption
from huyuan.duties.rules.strictest import Asking
from huyuan.kernel.days import day_of, zh_date
from huyuan.kernel.errors import Refused
from huyuan.kernel.fields import Field, parse
from huyuan.kernel.limits import Limit
from huyuan.kernel.limits import say as say_limit
from huyuan.kernel.recurrence import Cadence
from huyuan.kernel.recurrence import say as say_cadence
from huyuan.orgs.permissions import not_found
from huyuan.orgs.request import SignedInRequest
from huyuan.orgs.vocabulary import names
from huyuan.portal import wizard
from huyuan.portal.queries import adoptions as queries
from huyuan.portal.queries import directives
from huyuan.portal.queries.library import library
from huyuan.portal.saying import say_rule

END = [
    Field(id="until", label="最后一天", type="date", required=True),
    Field(id="reason", label="为什么结束", type="text", required=True),
]
SIGN_IN = [Field(id="from_day", label="从哪天起签到", type="date", required=True)]
FROM_DAY = Field(
    id="from_day", label="从哪天起", type="date", required=True, hint="这一天以前开始的时段按原来的约定。"
)
DECIDE = [Field(id="reason", label="理由", type="text", required=True, hint="例如会议或文件的名称。")]


@require_safe
def adoptions(request: SignedInRequest) -> HttpResponse:
    """What the county has adopted."""
    today = day_of(request.now)
    rows = [
        {
            "title": version.title,
            "url": reverse("portal:adoption", args=[one.id]),
            "org": one.org.name,
            "go_live": zh_date(one.go_live),
            "until": zh_date(one.until) if one.until else "",
            "over": one.until is not None and one.until < today,
            "ahead": one.go_live > today,
        }
        for one, version in queries.listed(request.actor)
    ]
    context = {
        "rows": rows,
        "may_adopt": bool(queries.adopters(request.actor)),
        "undecided": [one for one in directives.met_matters(request.actor, request.now) if one.undecided],
    }
    return render(request, "portal/adoptions/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def adoption(request: SignedInRequest, adoption_id: UUID) -> HttpResponse:
    """One adoption; whoever may adopt answers open questions here, sets sign-in dates, ends it."""
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            VERBS[request.POST.get("verb", "")](request, adoption_id)
            return HttpResponseRedirect(reverse("portal:adoption", args=[adoption_id]))
        except KeyError:
            raise not_found() from None
        except Refused as refused:
            if refused.http_status in (403, 404):
                raise
            errors = errors_of(refused)
    page = queries.page(request.actor, adoption_id)
    today = day_of(request.now)
    known = library()
    posts = names("post")
    given = {row.name: row for row in page.values}
    over = page.adoption.until is not None and page.adoption.until < today
    context = {
        "adoption": page.adoption,
        "title": page.title,
        "facts": facts(page, known.words, posts),
        "questions": [
            {
                "question": question,
                "answer": answer_text(question, given[question.name].value) if question.name in given else "",
                "by": given[question.name].decided_by if question.name in given else "",
                "from_day": zh_date(given[question.name].from_day) if question.name in given else "",
                "rules": [rule.title for rule in question.rules],
            }
            for question in wizard.questions_of(page.rules)
        ],
        "points": [
            {
                "key": point,
                "zh": known.words.get(f"point:{point}", point),
                "from_day": next((zh_date(row.from_day) for row in page.sign_ins if row.point == point), ""),
            }
            for point in wizard.points_of(page.rules)
        ],
        "may_alter": page.may_alter and not over,
        "form": form_of(request, page, known.words) if page.may_alter and not over else None,
        "errors": errors,
        "posted": {name: request.POST.get(name) for name in request.POST},
    }
    return render(request, "portal/adoptions/adoption.html", context, status=422 if errors else 200)


def form_of(request: SignedInRequest, page: queries.Page, words: Mapping[str, str]) -> dict[str, Any] | None:
    """The one form that is open on the page: of a question, of a point, or of the end; None: none is."""
    asked = request.GET
    if "end" in asked:
        return {"verb": "end", "title": "结束执行这个文件", "fields": END, "button": "结束执行"}
    for question in wizard.questions_of(page.rules):
        if asked.get("answer") == question.name:
            fields = [*wizard.fields_of_values([question]), FROM_DAY]
            name = {"name": "name", "value": question.name}
            return {"verb": "answer", "title": "约定", "fields": fields, "hidden": name, "button": "保存约定"}
    for point in wizard.points_of(page.rules):
        if asked.get("sign-in") == point:
            title = f"{words.get(f'point:{point}', point)}签到"
            name = {"name": "point", "value": point}
            return {
                "verb": "sign-in",
                "title": title,
                "fields": SIGN_IN,
                "hidden": name,
                "button": "保存日期",
            }
    return None


@require_http_methods(["GET", "HEAD", "POST"])
def matters(request: SignedInRequest) -> HttpResponse:
    """Matters about which several adopted directives speak; what can't be compared is decided here."""
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            decide(request)
            return HttpResponseRedirect(reverse("portal:matters"))
        except Refused as refused:
            if refused.http_status in (403, 404):
                raise
            errors = {"": refused.message}
    known = library()
    decided = queries.decisions(request.actor)
    found = directives.met_matters(request.actor, request.now)
    listed = [
        {
            "key": one.matter.key,
            "zh": one.matter.zh,
            "decide": one.matter.compare == "decide",
            "undecided": one.undecided,
            "default": one.matter.default or "",
            "evidence": one.matter.compare == "evidence",
            "winners": [line(asking, known.words) for asking in one.winners],
            "others": [line(asking, known.words) for asking in one.others],
            "decision": decided.get(one.matter.key),
        }
        for one in sorted(found, key=lambda one: (not one.undecided, one.matter.compare != "decide"))
    ]
    context = {
        "matters": listed,
        "deciders": [one for one in queries.adopters(request.actor) if one.kind in queries.COUNTY_WIDE],
        "fields": DECIDE,
        "open": request.GET.get("decide", ""),
        "errors": errors,
        "zh_date": lambda instant: zh_date(day_of(instant)),
    }
    return render(request, "portal/adoptions/matters.html", context, status=422 if errors else 200)


def line(asking: Asking, words: Mapping[str, str]) -> dict[str, str]:
    """One rule of a matter."""
    binding = asking.binding
    return {
        "key": binding.key,
        "title": binding.rule.title,
        "cite": binding.cite,
        "sentence": say_rule(binding.rule, words),
        "url": f"{reverse('portal:directive', args=[binding.pack])}#{binding.rule.clauses[0]}",
    }


def facts(page: queries.Page, words: Mapping[str, str], posts: Mapping[str, str]) -> list[dict[str, Any]]:
    """The adoption's data as people check them."""
    one: Adoption = page.adoption
    versions = "；".join(
        f"{row.pack_version.version}（{zh_date(row.in_force_from)}起）" for row in page.versions
    )
    rows: list[tuple[str, Any]] = [
        ("采用单位", one.org.name),
        ("版本", versions),
        ("启用日", f"{zh_date(one.go_live)}，以前的一概不算欠账"),
        ("最后一天", zh_date(one.until) if one.until else "长期"),
        ("适用单位", "、".join(page.only) if page.only else "文件所说的全部单位"),
        ("到期后补做", f"每周及更长的{one.grace_long}天内，每天的{one.grace_daily}天内"),
        ("在岗补签", f"时段结束后{one.window_minutes}分钟内" if one.window_minutes else "时段内"),
        (
            "文中的负责人",
            "；".join(f"{row.actor}：{posts.get(row.post_kind, row.post_kind)}" for row in page.actors)
            or "按每条要求各自的岗位",
        ),
    ]
    return [{"key": key, "value": value} for key, value in rows]


def answer_text(question: wizard.Question, value: Any) -> str:
    """每季度1次, 3天内, 30天"""
    match question.kind:
        case "cadence":
            return say_cadence(Cadence.model_validate(value))
        case "limit":
            return say_limit(Limit.model_validate(value))
    return f"{value}{question.unit}"


# ---- what a button does ----


def answer(request: SignedInRequest, adoption_id: UUID) -> None:
    """Answer an open question from a day on."""
    page = queries.page(request.actor, adoption_id)
    asked = [one for one in wizard.questions_of(page.rules) if one.name == request.POST.get("name")]
    if not asked:
        raise not_found()
    body, errors = parse([*wizard.fields_of_values(asked), FROM_DAY], raw_of(request))
    values, wrong = wizard.values_of(asked, body)
    errors |= wrong
    if not errors and not values:
        errors[asked[0].id] = f"{asked[0].ask}：请填写。"
    if errors:
        raise Refused("bad-local-value", "请改正后再保存。", errors=errors)
    for name, value in values.items():
        actions.set_local_value(
            actor=request.actor,
            adoption_id=adoption_id,
            name=name,
            value=value,
            decided_by=str(body["decided_by"]),
            from_day=date.fromisoformat(str(body["from_day"])),
            now=request.now,
        )


def sign_in(request: SignedInRequest, adoption_id: UUID) -> None:
    """From a day on a roster alone proves nothing."""
    page = queries.page(request.actor, adoption_id)
    point = request.POST.get("point", "")
    if point not in wizard.points_of(page.rules):
        raise not_found()
    body, errors = parse(SIGN_IN, raw_of(request))
    if errors:
        raise Refused("bad-sign-in", "请改正后再保存。", errors=errors)
    actions.set_sign_in(
        actor=request.actor,
        adoption_id=adoption_id,
        point=point,
        from_day=date.fromisoformat(str(body["from_day"])),
        now=request.now,
    )


def end(request: SignedInRequest, adoption_id: UUID) -> None:
    """End the adoption with a day."""
    body, errors = parse(END, raw_of(request))
    if errors:
        raise Refused("bad-end", "请改正后再保存。", errors=errors)
    actions.end_adoption(
        actor=request.actor,
        adoption_id=adoption_id,
        until=date.fromisoformat(str(body["until"])),
        reason=str(body["reason"]),
        now=request.now,
    )


def decide(request: SignedInRequest) -> None:
    """Settle a matter."""
    given = request.POST
    try:
        org_id = UUID(given.get("org", ""))
    except ValueError:
        raise not_found() from None
    actions.decide_matter(
        actor=request.actor,
        org_id=org_id,
        matter=given.get("matter", "")[:80],
        holds=given.get("holds", "")[:160],
        reason=given.get("reason", "")[:300],
        now=request.now,
    )


def errors_of(refused: Refused) -> dict[str, str]:
    """What was wrong by field; else the one sentence for the whole form."""
    found = refused.facts.get("errors")
    return dict(found) if isinstance(found, dict) else {"": refused.message}


def raw_of(request: SignedInRequest) -> dict[str, list[str]]:
    """What was posted, as `kernel.fields.parse` reads it."""
    return {name: [str(value) for value in request.POST.getlist(name)] for name in request.POST}


VERBS: Mapping[str, Callable[[SignedInRequest, UUID], None]] = {
    "answer": answer,
    "sign-in": sign_in,
    "end": end,
}

PAGES = [
    path("adoptions/", adoptions, name="adoptions"),
    path("adoptions/matters/", matters, name="matters"),
    path("adoptions/<uuid:adoption_id>/", adoption, name="adoption"),
]
