"""People and posts of an organisation: who holds what, what is vacant; appoint, end, leave, move."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huyuan.kernel.days import day_of, zh_date
from huyuan.kernel.errors import Refused
from huyuan.orgs import actions, forms, queries, rules, vocabulary
from huyuan.orgs.forms import UNTRIED, Form, Tried
from huyuan.orgs.models import Appointment, Organisation, Person, SchoolClass, Word
from huyuan.orgs.permissions import allowed, allowed_actions, not_found, require, scope
from huyuan.orgs.queries import HeldPost, Holder
from huyuan.orgs.request import SignedInRequest
from huyuan.orgs.unfinished import unfinished_of_person


# ---- an organisation's people
# ---------------------------------------------------------------------------------------------------------
@require_safe
def people(request: SignedInRequest, org_id: UUID) -> HttpResponse:
    """Posts with their holders, vacant ones first to be seen; everybody who belongs here."""
    return people_page(request, queries.organisation(request.actor, org_id))


@require_POST
def alter_people(request: SignedInRequest, org_id: UUID, form: str) -> HttpResponse:
    """Enter a person, set up a post, appoint."""
    org = queries.organisation(request.actor, org_id)
    require(request.actor, "people.alter", org_id)
    asked = people_forms(request, org).get(form)
    tried = forms.attempt(asked, request.POST, lambda given: PEOPLE[form](request, org_id, given))
    if tried is None:
        return HttpResponseRedirect(f"{reverse('orgs:people', args=[org_id])}?done={form}")
    return people_page(request, org, tried)


def _new_post(request: SignedInRequest, org_id: UUID, given: dict[str, Any]) -> None:
    zh = Word.objects.get(list="post", key=given["kind"]).zh
    actions.create_post(
        actor=request.actor, org_id=org_id, kind=given["kind"], title=given["title"] or zh,
        class_id=given.get("class_id"), now=request.now,
    )  # fmt: skip


PEOPLE: dict[str, Callable[[SignedInRequest, UUID, dict[str, Any]], object]] = {
    "person": lambda request, org_id, given: actions.add_person(
        actor=request.actor, org_id=org_id, now=request.now, **given
    ),
    "post": _new_post,
    "appoint": lambda request, _, given: actions.appoint(actor=request.actor, now=request.now, **given),
}
DONE = {
    "person": "人员已登记。要任职的，请接着办任职；要登录的，请系统管理员开通账号。",
    "post": "职务已增设，现在空着。",
    "appoint": "任职已登记。",
    "end": "这项任职已定下结束的日期。",
    "rename": "姓名已更正。",
    "leave": "离开已登记。",
    "move": "调动已登记。请到新单位办理任职。",
}


def people_forms(request: SignedInRequest, org: Organisation) -> dict[str, Form]:
    """What may be done on the page, by verb."""
    today = day_of(request.now)
    posts = [held.post for held in queries.posts_of(request.actor, org.id, today)]
    words = [word for word in vocabulary.words("post") if org.kind in word.detail.get("at", [org.kind])]
    year = queries.calendar_of(org.county_id).school_year_of(today)
    classes = list(SchoolClass.objects.filter(org=org, school_year__gte=year).order_by("school_year", "name"))
    candidates = list(queries.people(request.actor, today).filter(home=org))
    found = [forms.new_person()]
    if words:
        found.append(forms.new_post(words, classes))
    if posts and candidates:
        found.insert(0, forms.appointment(posts, candidates, today))
    return {form.verb: form for form in found}


def people_page(request: SignedInRequest, org: Organisation, tried: Tried = UNTRIED) -> HttpResponse:
    """The page, with what could not be done."""
    today = day_of(request.now)
    held = in_order(queries.posts_of(request.actor, org.id, today))
    may = allowed_actions(request.actor, org.id, ("people.alter", "account.alter"))
    context = {
        "org": org,
        "vacant": [forms.post_name(one.post) for one in held if one.vacant],
        "acted": [forms.post_name(one.post) for one in held if one.only_acting],
        "posts": [post_row(one) for one in held],
        "people": [person_row(one) for one in queries.people_of(request.actor, org.id, today)],
        **forms.shown(people_forms(request, org) if "people.alter" in may else {}, tried, done(request)),
        "action": "orgs:alter-people",
        "key": {"org_id": org.id},
        "may_end": "people.alter" in may,
        "accounts": "account.alter" in may,
        "today": today,
    }
    return render(request, "orgs/people.html", context, status=tried.status)


def done(request: SignedInRequest) -> str:
    """What was just done on one of these pages."""
    return DONE.get(request.GET.get("done", ""), "")


def in_order(held: list[HeldPost]) -> list[HeldPost]:
    """The posts in the order of the vocabulary, 保安2 before 保安10."""
    place = {kind: number for number, kind in enumerate(vocabulary.names("post"))}
    return sorted(
        held,
        key=lambda one: (place.get(one.post.kind, len(place)), rules.by_number(forms.post_name(one.post))),
    )


def post_row(one: HeldPost) -> dict[str, Any]:
    """A post with its holders, who come, and what may be pressed."""
    return {
        "name": forms.post_name(one.post),
        "holders": [holder(row) for row in one.holders],
        "coming": [f"{zh_date(row.from_day)}起：{row.name}{ACTING[row.acting]}" for row in one.coming],
    }


ACTING = {True: "（代理）", False: ""}


def holder(row: Holder) -> dict[str, Any]:
    return {
        "id": row.id,
        "person_id": row.person_id,
        "name": f"{row.name}{ACTING[row.acting]}",
        "since": since(row),
        "ends": row.until,
    }


def since(row: Holder | Appointment) -> str:
    """2026年9月1日起，到2027年8月31日"""
    until = f"，到{zh_date(row.until)}" if row.until else ""
    return f"{zh_date(row.from_day)}起{until}"


def person_row(one: Any) -> dict[str, Any]:
    """A person with all posts, those elsewhere with the organisation."""
    return {
        "id": one.id,
        "name": one.name,
        "posts": [
            forms.post_name(row.post)
            + ACTING[row.acting]
            + (f"（{row.post.org.short_name}）" if row.post.org_id != one.home_id else "")
            for row in one.held
        ],
        "leaves": f"{zh_date(one.left)}离开" if one.left else "",
    }


# ---- one person
# ---------------------------------------------------------------------------------------------------------
@require_safe
def person(request: SignedInRequest, person_id: UUID) -> HttpResponse:
    """One person: the posts, the account's state, what is unfinished."""
    return person_page(request, queries.person(request.actor, person_id, day_of(request.now)))


@require_POST
def alter_person(request: SignedInRequest, person_id: UUID, form: str) -> HttpResponse:
    """Correct the name; the person leaves or moves."""
    found = queries.person(request.actor, person_id, day_of(request.now))
    require(request.actor, "people.alter", found.home_id)
    acted = {"actor": request.actor, "person_id": person_id, "now": request.now}
    asked = person_forms(request, found).get(form)
    tried = forms.attempt(asked, request.POST, lambda given: PERSON[form](**acted, **given))
    if tried is None:
        return HttpResponseRedirect(f"{reverse('orgs:person', args=[person_id])}?done={form}")
    return person_page(request, found, tried)


PERSON: dict[str, Callable[..., Person]] = {
    "rename": actions.rename_person,
    "leave": actions.person_leaves,
    "move": actions.person_moves,
}


def person_forms(request: SignedInRequest, found: Person) -> dict[str, Form]:
    """What may be done, by verb; nothing with whoever has left."""
    today = day_of(request.now)
    if found.left:
        return {}
    orgs = list(
        Organisation.objects.filter(id__in=scope(request.actor, "people.alter"), closed=None)
        .exclude(id=found.home_id)
        .order_by("name")
        .values_list("id", "name")
    )
    listed = [forms.leave(today), forms.rename(found)]
    if orgs:
        listed.insert(1, forms.move(orgs, today))
    return {form.verb: form for form in listed}


def person_page(request: SignedInRequest, found: Any, tried: Tried = UNTRIED) -> HttpResponse:
    """The page, with what could not be done."""
    may = allowed_actions(request.actor, found.home_id, ("people.alter", "account.alter"))
    account = getattr(found, "account", None)
    context = {
        "person": found,
        "home": found.home,
        "left": zh_date(found.left) if found.left else "",
        "posts": [
            {
                "key": f"{row.post.org.short_name} {forms.post_name(row.post)}{ACTING[row.acting]}",
                "value": since(row),
            }
            for row in found.held
        ],
        "account": "没有账号" if account is None else "可以登录" if account.is_active else "已停用",
        "accounts": "account.alter" in may,
        "unfinished": unfinished_of_person(request.actor, found.id, request.now),
        **forms.shown(person_forms(request, found) if "people.alter" in may else {}, tried, done(request)),
        "action": "orgs:alter-person",
        "key": {"person_id": found.id},
    }
    return render(request, "orgs/person.html", context, status=tried.status)


@require_http_methods(["GET", "HEAD", "POST"])
def end(request: SignedInRequest, appointment_id: UUID) -> HttpResponse:
    """An appointment ends with a day."""
    row = (
        Appointment.objects.filter(id=appointment_id, post__org__in=scope(request.actor, "people.see"))
        .select_related("post__org", "post__school_class", "person")
        .first()
    )
    if row is None:
        raise not_found()
    if not allowed(request.actor, "people.alter", row.post.org_id):
        raise Refused("forbidden", "您现在的职务不能管理人员和任职。如确需办理，请联系本单位管理员。")
    form = Form(
        "end", "任职结束", "结束任职", (forms.day("last_day", "最后一天"),), {"last_day": day_of(request.now)}
    )
    tried: Tried | None = UNTRIED
    if request.method == "POST":
        acted: dict[str, Any] = {"actor": request.actor, "appointment_id": appointment_id, "now": request.now}
        tried = forms.attempt(form, request.POST, lambda given: actions.end_appointment(**acted, **given))
    if tried is None:
        return HttpResponseRedirect(f"{reverse('orgs:people', args=[row.post.org_id])}?done=end")
    context = {
        "row": row,
        "org": row.post.org,
        "post": forms.post_name(row.post),
        "holder": {"name": f"{row.person.name}{ACTING[row.acting]}", "since": since(row)},
        "form": form,
        "sent": tried.sent,
        "errors": tried.errors,
    }
    return render(request, "orgs/end.html", context, status=tried.status)
