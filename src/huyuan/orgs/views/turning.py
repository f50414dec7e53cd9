"""The year turns: classes move up, a school becomes part of another. Each is shown first and then done."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from huyuan.kernel.days import day_of, zh_date
from huyuan.kernel.errors import Refused
from huyuan.kernel.fields import Field
from huyuan.orgs import actions, forms, queries, rules
from huyuan.orgs.forms import Form
from huyuan.orgs.models import Attribute, Organisation, SchoolClass
from huyuan.orgs.permissions import require, scope
from huyuan.orgs.request import SignedInRequest
from huyuan.orgs.unfinished import unfinished_of_organisation

STAGE = "stage"


# ---- classes move up
# ---------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def year(request: SignedInRequest, org_id: UUID) -> HttpResponse:
    """Every class of the newest school year with the name that it will have; a name that is emptied means
    that the class has graduated."""
    org = queries.organisation(request.actor, org_id)
    require(request.actor, "org.alter", org_id)
    classes = newest_classes(org)
    calendar = queries.calendar_of(org.county_id)
    following = rules.next_school_year(classes[0].school_year) if classes else ""
    first_day = calendar.school_year(int(following[:4]))[0] if following else day_of(request.now)
    form = Form("year", "", "", (forms.day("first_day", "新学年从哪天起"),), {"first_day": first_day})
    error = ""
    if request.method == "POST":
        given, errors = forms.read(form, request.POST)
        steps = [actions.Step(one.id, typed(request, one)) for one in classes]
        try:
            if any(f"name-{one.id}" not in request.POST for one in classes):
                raise Refused("stale-classes", "班级已经变了，可能别人刚刚办过。请核对下面的班级再办。")
            if errors:
                raise Refused("invalid-day", next(iter(errors.values())))
            actions.move_classes_up(actor=request.actor, org_id=org_id, steps=steps, now=request.now, **given)
            return HttpResponseRedirect(f"{reverse('orgs:manage', args=[org_id])}?done=year")
        except Refused as refused:
            error = refused.message
    stages = stages_of(org, day_of(request.now))
    names = {one.id: rules.moved_up(one.name, stages) or "" for one in classes}
    if error:
        names = {
            one.id: typed(request, one) if f"name-{one.id}" in request.POST else names[one.id]
            for one in classes
        }
    context = {
        "org": org,
        "following": following,
        "rows": [{"old": one.name, "id": one.id, "new": names[one.id]} for one in classes],
        "moving": sum(bool(name) for name in names.values()),
        "form": form,
        "error": error,
    }
    return render(request, "orgs/year.html", context, status=422 if error else 200)


def newest_classes(org: Organisation) -> list[SchoolClass]:
    """The classes of the last school year that has any."""
    newest = SchoolClass.objects.filter(org=org).order_by("-school_year").values("school_year")[:1]
    return list(SchoolClass.objects.filter(org=org, school_year__in=newest).order_by("name"))


def stages_of(org: Organisation, day: date) -> list[str]:
    """The 学段 of a school on a day."""
    step = Attribute.objects.filter(org=org, key=STAGE, from_day__lte=day).order_by("-from_day").first()
    return step.text.split(",") if step else []


def typed(request: SignedInRequest, one: SchoolClass) -> str:
    return request.POST.get(f"name-{one.id}", "").replace("\0", "").strip()[:40]


# ---- a school becomes part of another
# ---------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def merge(request: SignedInRequest, org_id: UUID) -> HttpResponse:
    """Into which, from which day; then what becomes of everything; then it is done."""
    org = queries.organisation(request.actor, org_id)
    require(request.actor, "org.rename", org_id)
    today = day_of(request.now)
    form = merge_form(request, org, today)
    sent = request.POST if request.method == "POST" else request.GET
    given: dict[str, Any] = {}
    errors: dict[str, str] = {}
    if sent:
        given, errors = forms.read(form, sent)
    if request.method == "POST" and not errors:
        try:
            actions.merge_organisation(actor=request.actor, org_id=org_id, now=request.now, **given)
            return HttpResponseRedirect(f"{reverse('orgs:manage', args=[org_id])}?done=merge")
        except Refused as refused:
            errors = {"": refused.message}
    ready = bool(sent) and not errors
    into = Organisation.objects.get(id=given["into_id"]) if ready else None
    context = {
        "org": org,
        "form": form,
        "values": {name: value for name, value in sent.items()} if sent else form.values,
        "errors": errors,
        "into": into,
        "first_day": given.get("first_day"),
        "consequences": consequences(request, org, into, given["first_day"]) if into else [],
        "unfinished": unfinished_of_organisation(request.actor, org_id, request.now) if into else [],
    }
    return render(request, "orgs/merge.html", context, status=422 if errors else 200)


def merge_form(request: SignedInRequest, org: Organisation, today: date) -> Form:
    others = Organisation.objects.filter(id__in=scope(request.actor, "org.rename"), closed=None)
    pairs = list(others.exclude(id=org.id).order_by("name").values_list("id", "name"))
    fields = (
        Field(id="into_id", label="并入哪个单位", type="organisation", required=True),
        forms.day("first_day", "从哪天起", hint="从这一天起原单位撤销；到了这一天再办"),
    )
    return Form("merge", "", "", fields, {"first_day": today}, {"into_id": forms.chosen(pairs)})


def consequences(
    request: SignedInRequest, org: Organisation, into: Organisation, first_day: date
) -> list[dict[str, str]]:
    """What becomes of everything that the old organisation has, one line for each."""
    last = zh_date(first_day - timedelta(days=1))
    people = queries.people(request.actor, first_day).filter(home=org).count()
    said = (
        ("单位", f"{org.name}从{zh_date(first_day)}起撤销，归到{into.name}下面，名称和代号保留。"),
        ("人员", f"{people}人转到{into.name}，账号不变。"),
        ("任职", f"原单位的任职到{last}结束；在{into.name}担任什么，请接着办任职。"),
        ("联系单位", f"原单位的对接到{last}结束。"),
        ("到期的要求", "撤销前已经到期的，结果照样算、照样保留，不重新计算。"),
        ("没到期的要求", "撤销那天还没有到期的记为“不适用”，以后的不再要求。"),
        ("没有写明期限的要求", "还挂着的（如没有整改完的隐患）一直显示，由教育局核实后写明理由免除。"),
        ("登记、报送、制度", f"都留在原单位名下，{into.name}的负责人可以查看，不能改动。"),
        ("班级、场所、学生人数", f"不自动并过去，请在{into.name}登记，也可以用表格导入。"),
    )
    return [{"key": key, "value": value} for key, value in said]
