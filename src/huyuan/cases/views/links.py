"""Sending an organisation a link to its part of a case, and the page that acts without signing in."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huyuan.cases import actions, queries, tasks
from huyuan.cases.forms import given, photos, words
from huyuan.cases.models import Case, CaseFile, PartLink
from huyuan.cases.rules import PART, PART_STATES
from huyuan.kernel.days import day_of, zh_deadline
from huyuan.kernel.errors import Refused
from huyuan.kernel.fields import Field, parse
from huyuan.orgs import outside
from huyuan.orgs.middleware import refused
from huyuan.orgs.permissions import not_found
from huyuan.orgs.request import SignedInRequest, address_of
from huyuan.orgs.views.codes import picture
from huyuan.registers.forms import posted, values_of
from huyuan.registers.queries import phones_of
from huyuan.registers.sheets import moment_text
from huyuan.registers.views.filling import uuid_given
from huyuan.trace import files

ASKED: dict[str, tuple[Field, ...]] = {
    "accept": (Field(id="responsible", label="责任科室、岗位", type="text", max_length=60),),
    "fix": (photos("photos", "整改后的照片", hint="拍整改后的同一个地方。"), words("what", "做了什么")),
    "return": (words("reason", "退回理由", hint="为什么不归贵单位办，您认为归谁办。"),),
}
DONE = {
    "accept": "已接办。整改完成后，请再打开这个链接填写。",
    "fix": "已收到整改情况，由别人复查后销号。谢谢，可以关掉这一页了。",
    "return": "已退回，发链接的单位会看到理由。可以关掉这一页了。",
}


@never_cache
@require_POST
def ask(request: SignedInRequest, case_id: UUID) -> HttpResponse:
    """Make a link to a part and show it, once; send it where somebody was chosen who has a number on file."""
    part_id, now = uuid_given(request.POST.get("part", "")), request.now
    told: dict[str, Any] = {"actor": request.actor, "case_id": case_id, "part_id": part_id, "now": now}
    if "withdraw" in request.POST:
        actions.withdraw_link(**told)
        return render(request, "cases/link.html", {"case_id": case_id, "address": ""})
    link, token = actions.make_link(**told)
    org = link.part.org
    base = settings.PUBLIC_URL or request.build_absolute_uri("/").rstrip("/")
    address = base + reverse("cases:part-link", args=[token])
    phones = dict(phones_of([org.id], day_of(now))[org.id]) if outside.gateway() else {}
    chosen = request.POST.get("text_to", "")
    texted = phones.get(uuid_given(chosen), "") if chosen else ""
    if texted:
        tasks.send_link(uuid_given(chosen), link.part.giver.name, address)
    context = {
        "case_id": case_id,
        "part_id": part_id,
        "org": org,
        "address": address,
        "picture": picture(address),
        "until": moment_text(link.expires_at),
        "phones": phones,
        "texted": texted,
    }
    return render(request, "cases/link.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def part_link(request: HttpRequest, token: str) -> HttpResponse:
    """The part that the link is for, and what can be done with it; GET changes nothing."""
    now = timezone.now()
    try:
        with actions.opened_link(token, address=address_of(request), now=now) as link:
            if request.method == "POST":
                return acted(request, link, now)
            return link_page(request, link, now)
    except Refused as error:
        return refused(request, error)


def acted(request: HttpRequest, link: PartLink, now: datetime) -> HttpResponse:
    """Take the step, or show the form again with what is to be mended."""
    verb, client_id = request.POST.get("verb", ""), uuid_given(request.POST.get("client_uuid", ""))
    fields = ASKED.get(verb)
    if fields is None or actions.shut(link, link.part.case, link.part, now):
        return link_page(request, link, now)
    sent = posted(request, fields, link.county_id, now)
    body, errors = parse(fields, sent.answers)
    errors |= sent.errors
    if not errors:
        try:
            told = given(verb, body, sent.uploads)
            actions.act_by_link(link=link, verb=verb, client_id=client_id, given=told, now=now)
        except Refused as error:
            errors = {"": error.message}
        else:
            link.refresh_from_db()
            link.part.refresh_from_db(fields=["state"])
            return link_page(request, link, now, done=verb)
    values = {name: value for name, value in values_of(fields, sent.answers).items() if name != "photos"}
    return link_page(request, link, now, tried=verb, values=values, errors=errors)


def link_page(
    request: HttpRequest,
    link: PartLink,
    now: datetime,
    *,
    done: str = "",
    tried: str = "",
    values: dict[str, Any] | None = None,
    errors: dict[str, str] | None = None,
) -> HttpResponse:
    """What, where, until when, how it looked; nothing of the other parts, of people, of what was said."""
    part, case = link.part, link.part.case
    closed = actions.shut(link, case, part, now)
    token = request.path.split("/")[2]
    pairs = (
        ("哪里", f"{case.org.name}，{case.spot}"),
        ("什么情况", case.description),
        ("类别", category_of(case)),
        ("请贵单位", part.what),
        ("整改期限", zh_deadline(case.due_at, now) if case.due_at else ""),
        ("交办单位", part.giver.name),
        ("状态", PART_STATES[part.state]),
    )
    context = {
        "org": part.org,
        "number": case.number,
        "shut": closed if not done else "",
        "done": DONE.get(done, ""),
        "facts": []
        if closed and not done
        else [{"key": key, "value": value} for key, value in pairs if value],
        "pictures": []
        if closed
        else [reverse("cases:part-file", args=[token, one.id]) for one in before(case)],
        "steps": []
        if closed
        else [
            {
                "verb": verb,
                "label": PART.verbs[verb],
                "fields": fields,
                "answers": values or {} if verb == tried else {},
                "errors": errors or {} if verb == tried else {},
            }
            for verb, fields in ASKED.items()
            if verb != "accept" or part.state == "offered"
        ],
        "errors": errors or {},
        "client_id": uuid4(),
        "until": moment_text(link.expires_at),
    }
    status = 409 if closed and not done else 422 if errors else 200
    return render(request, "cases/part_link.html", context, status=status)


def category_of(case: Case) -> str:
    """What it is about."""
    about = queries.spec_of(case.kind).category(case.category)
    return about.zh if about else ""


def before(case: Case) -> list[CaseFile]:
    """The photos that show how it looked."""
    rows = CaseFile.objects.filter(case=case, kind="before", file__media_type__startswith="image/")
    return list(rows.select_related("file").order_by("id"))


@never_cache
@require_safe
def part_file(request: HttpRequest, token: str, casefile_id: UUID) -> HttpResponseBase:
    """One of the photos that the page of the link shows, as long as it is open."""
    now = timezone.now()
    try:
        with actions.opened_link(token, address=address_of(request), now=now) as link:
            shown = [one for one in before(link.part.case) if one.id == casefile_id]
            if not shown or actions.shut(link, link.part.case, link.part, now):
                raise not_found()
            return files.served(shown[0].file, shown[0].name)
    except Refused as error:
        return refused(request, error)
