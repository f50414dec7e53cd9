"""One organisation as those who look after it change it: name and superior, facts, places, times of day,
classes."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huyuan.kernel.days import day_of, zh_date
from huyuan.kernel.fields import Option
from huyuan.orgs import actions, forms, queries, vocabulary
from huyuan.orgs.forms import UNTRIED, Form, Tried
from huyuan.orgs.models import Attribute, Bell, Organisation, Place, Region, SchoolClass
from huyuan.orgs.permissions import allowed_actions, not_found, require, scope
from huyuan.orgs.request import SignedInRequest
from huyuan.orgs.tables.belongings import stored

DONE = {
    "standing": "已保存。",
    "fact": "情况已登记，从所填的那一天起按新的情况算。",
    "place": "场所已登记。",
    "class": "班级已登记。",
    "bell": "作息时间已登记，从所填的那一天起按新的时刻算。",
    "no-bell": "这条作息已删除。",
    "year": "班级已升级。",
    "merge": "已并入。人员已转过去，请到接收的单位办任职。",
}


@require_safe
def manage(request: SignedInRequest, org_id: UUID) -> HttpResponse:
    """Everything about one organisation that I may change."""
    return manage_page(request, managed(request, org_id))


@require_POST
def alter(request: SignedInRequest, org_id: UUID, form: str) -> HttpResponse:
    """One of the page's forms."""
    org = managed(request, org_id)
    asked = manage_forms(request, org).get(form)
    tried = forms.attempt(asked, request.POST, lambda given: ALTER[form](request, org, given))
    if tried is None:
        return HttpResponseRedirect(f"{reverse('orgs:manage', args=[org_id])}?done={form}")
    return manage_page(request, org, tried)


def managed(request: SignedInRequest, org_id: UUID) -> Organisation:
    """The organisation, when there is something about it that I may change."""
    org = queries.organisation(request.actor, org_id)
    if not allowed_actions(request.actor, org_id, ("org.rename", "org.alter")):
        require(request.actor, "org.alter", org_id)
    return org


def _fact(request: SignedInRequest, org: Organisation, given: Mapping[str, Any]) -> None:
    said, number = stored(given[forms.fact_field(given["key"])])
    actions.set_attribute(
        actor=request.actor, org_id=org.id, key=given["key"], from_day=given["from_day"], text=said,
        number=number, now=request.now,
    )  # fmt: skip


def _class(request: SignedInRequest, org: Organisation, given: Mapping[str, Any]) -> None:
    year = queries.calendar_of(org.county_id).school_year_of(day_of(request.now))
    actions.add_class(actor=request.actor, org_id=org.id, school_year=year, now=request.now, **given)


def _bell(request: SignedInRequest, org: Organisation, given: Mapping[str, Any]) -> None:
    whole = {**given, "number": int(given["number"] or 1)}
    actions.set_bell(actor=request.actor, org_id=org.id, now=request.now, **whole)


ALTER: Mapping[str, Callable[[SignedInRequest, Organisation, dict[str, Any]], object]] = {
    "standing": lambda request, org, given: actions.alter_organisation(
        actor=request.actor, org_id=org.id, now=request.now, **given
    ),
    "fact": _fact,
    "place": lambda request, org, given: actions.add_place(
        actor=request.actor, org_id=org.id, now=request.now, **given
    ),
    "class": _class,
    "bell": _bell,
}


def manage_forms(request: SignedInRequest, org: Organisation) -> dict[str, Form]:
    """What may be changed, by verb."""
    today = day_of(request.now)
    may = allowed_actions(request.actor, org.id, ("org.rename", "org.alter"))
    found: list[Form] = []
    if "org.alter" in may:
        facts = [word for word in vocabulary.words("fact") if not word.detail.get("text")]
        year = queries.calendar_of(org.county_id).school_year_of(today)
        found += [forms.place(), forms.bell(today), forms.school_class(year)]
        if facts:
            found.insert(0, forms.fact(facts, today))
    if "org.rename" in may:
        known = {org.kind: org.kind, **vocabulary.names("orgkind")}
        kinds = [Option(value=key, label=zh) for key, zh in known.items()]
        above = Organisation.objects.filter(id__in=scope(request.actor, "org.create"), closed=None)
        parents = list(above.exclude(id=org.id).order_by("name").values_list("id", "name"))
        if org.parent and org.parent_id not in {key for key, _ in parents}:
            parents.insert(0, (org.parent.id, org.parent.name))
        regions = Region.objects.filter(county_id=org.county_id).select_related("parent")
        places = [
            (one.id, f"{one.parent.name} {one.name}" if one.kind == "village" and one.parent else one.name)
            for one in regions.order_by("kind", "parent__name", "name")
        ]
        found.insert(0, forms.standing(org, kinds, {"parent_id": forms.chosen(parents)}, places))
    return {form.verb: form for form in found}


def manage_page(request: SignedInRequest, org: Organisation, tried: Tried = UNTRIED) -> HttpResponse:
    """The page, with what could not be done."""
    today = day_of(request.now)
    year = queries.calendar_of(org.county_id).school_year_of(today)
    may = allowed_actions(request.actor, org.id, ("org.rename", "org.alter", "people.see", "people.alter"))
    context = {
        "org": org,
        "closed": closed_line(org),
        **forms.shown(manage_forms(request, org), tried, DONE.get(request.GET.get("done", ""), "")),
        "action": "orgs:alter",
        "key": {"org_id": org.id},
        "facts": fact_rows(org),
        "places": list(Place.objects.filter(org=org).order_by("closed", "kind", "name")),
        "bells": bell_rows(org, today),
        "may_alter": "org.alter" in may,
        "may_merge": "org.rename" in may and org.closed is None,
        "may_prepare": "people.alter" in may and org.closed is None,
        "people": "people.see" in may,
        "zh_date": zh_date,
        "year": year,
        "classes": list(
            SchoolClass.objects.filter(org=org, school_year__gte=year).order_by("school_year", "name")
        ),
    }
    return render(request, "orgs/manage.html", context, status=tried.status)


def closed_line(org: Organisation) -> str:
    """2026年8月1日起撤销，并入城关小学。"""
    if org.closed is None:
        return ""
    into = f"，并入{org.merged_into.name}" if org.merged_into else ""
    return f"{zh_date(org.closed)}起撤销{into}。"


def fact_rows(org: Organisation) -> list[dict[str, str]]:
    """Every step of every fact, the newest first: what held when."""
    words = {word.key: word for word in vocabulary.words("fact")}
    rows = []
    for step in Attribute.objects.filter(org=org).order_by("key", "-from_day"):
        word = words.get(step.key)
        values = (word.detail.get("values", {}) if word else {}) | YES_NO
        said = "、".join(values.get(part, part) for part in step.text.split(","))
        rows.append({"fact": word.zh if word else step.key, "value": said, "from": zh_date(step.from_day)})
    return rows


YES_NO = {"yes": "是", "no": "否"}


def bell_rows(org: Organisation, today: date) -> list[dict[str, Any]]:
    """Every time of day with the day from which it holds, the newest of each first; what holds no longer is
    marked."""
    rows: list[dict[str, Any]] = []
    held: set[tuple[str, int]] = set()
    for bell in Bell.objects.filter(org=org).order_by("kind", "number", "-from_day"):
        which = (bell.kind, bell.number)
        row = {"id": bell.id, "name": bell.get_kind_display(), "number": bell.number}
        row["time"] = f"{bell.starts:%H:%M}" + (f"—{bell.ends:%H:%M}" if bell.ends else "")
        row["since"], row["over"] = zh_date(bell.from_day), which in held
        if bell.from_day <= today:
            held.add(which)
        rows.append(row)
    return rows


@require_POST
def remove_bell(request: SignedInRequest, bell_id: UUID) -> HttpResponse:
    """Take away a time of day that was entered by mistake."""
    mine = scope(request.actor, "org.see")
    org_id = Bell.objects.filter(id=bell_id, org__in=mine).values_list("org_id", flat=True).first()
    if org_id is None:
        raise not_found()
    actions.remove_bell(actor=request.actor, bell_id=bell_id, now=request.now)
    return HttpResponseRedirect(f"{reverse('orgs:manage', args=[org_id])}?done=no-bell")


@require_http_methods(["GET", "HEAD", "POST"])
def place(request: SignedInRequest, place_id: UUID) -> HttpResponse:
    """Rename a place, or close it from a day on."""
    found = (
        Place.objects.filter(id=place_id, org__in=scope(request.actor, "org.see"))
        .select_related("org")
        .first()
    )
    if found is None:
        raise not_found()
    require(request.actor, "org.alter", found.org_id)
    form = Form(
        "place",
        "更正场所",
        "保存",
        (
            forms.text("name", "名称", 60),
            forms.day("closed", "停用日期", required=False, hint="还在用的不填"),
        ),
        {"name": found.name, "closed": found.closed},
    )
    tried: Tried | None = UNTRIED
    if request.method == "POST":
        acted: dict[str, Any] = {"actor": request.actor, "place_id": place_id, "now": request.now}
        tried = forms.attempt(form, request.POST, lambda given: actions.alter_place(**acted, **given))
    if tried is None:
        return HttpResponseRedirect(f"{reverse('orgs:manage', args=[found.org_id])}?done=standing")
    context = {
        "place": found,
        "org": found.org,
        "form": form,
        "sent": tried.sent,
        "errors": tried.errors,
    }
    return render(request, "orgs/place.html", context, status=tried.status)
