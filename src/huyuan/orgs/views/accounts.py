"""Managing the accounts of an organisation: who has one, open, slips to print, close, reset."""

from collections.abc import Mapping
from itertools import groupby
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huyuan.kernel.errors import Refused
from huyuan.orgs import actions, outside, queries, vocabulary
from huyuan.orgs.actions.elevation import elevate, end_elevation
from huyuan.orgs.actions.texting import text_slips
from huyuan.orgs.models import Account, Organisation, Person
from huyuan.orgs.permissions import allowed, not_found
from huyuan.orgs.request import SignedInRequest, address_of
from huyuan.orgs.session import acting
from huyuan.orgs.views.codes import picture

STATES = {
    "none": "没有账号",
    "waiting": "未激活",
    "slip": "已发激活单",
    "open": "可以登录",
    "closed": "已停用",
}
MOST = 300
NOT_MINE = Refused("forbidden", "您现在的职务不能管理账号。忘了密码或换了手机，请找本单位的系统管理员。")
NOBODY = Refused("invalid-none", "还没有选人。请先勾选要开通账号的人。")


@never_cache
@require_safe
def accounts(request: SignedInRequest) -> HttpResponse:
    """My organisations whose accounts I manage; with one alone, its page."""
    mine = queries.organisations(request.actor, "account.alter").order_by("name")
    found = list(mine.values("id", "name", "short_name")[:MOST])
    if not found:
        raise NOT_MINE
    if len(found) == 1:
        return HttpResponseRedirect(reverse("orgs:accounts-of", args=[found[0]["id"]]))
    text = request.GET.get("text", "").strip()[:60].replace("\0", "")
    if text:
        found = list(mine.filter(name__icontains=text).values("id", "name", "short_name")[:MOST])
    return render(request, "orgs/account_orgs.html", {"orgs": found, "text": text})


@never_cache
@sensitive_post_parameters("password", "code")
@require_http_methods(["GET", "HEAD", "POST"])
def many(request: SignedInRequest) -> HttpResponse:
    """Accounts for everybody who holds certain posts, over all organisations that I manage, and their slips:
    a county begins, or a school year."""
    error, reason = "", request.POST.get("reason", "").replace("\0", "")
    if request.method == "POST":
        try:
            if request.POST.get("open"):
                ids = picked(request.POST)
                if not ids:
                    raise NOBODY
                openings = [actions.Opening(person_id) for person_id in ids]
                with acting(request.actor):
                    opened = actions.open_accounts(actor=request.actor, openings=openings, now=request.now)
                    return slips_page(request, [one.id for one in opened])
            prove(request)
            return HttpResponseRedirect(request.get_full_path())
        except Refused as refused:
            if refused.http_status in (403, 404) and not request.POST.get("open"):
                raise
            error, status = refused.message, refused_status(refused)
    counts = queries.posts_without_account(request.actor, request.now)
    if not queries.organisations(request.actor, "account.alter").exists():
        raise NOT_MINE
    names = vocabulary.names("post")
    chosen = [kind for kind in names if kind in request.GET.getlist("post")]
    found = queries.without_account(request.actor, chosen, request.now, MOST) if chosen else []
    context = {
        "kinds": [(kind, names[kind], counts[kind], kind in chosen) for kind in names if kind in counts],
        "homes": [(home, list(people)) for home, people in groupby(found, key=lambda one: one.home)],
        "number": len(found),
        "most": MOST,
        "error": error,
        "reason": reason if error else "",
        **elevation(request),
    }
    return render(request, "orgs/account_many.html", context, status=status if error else 200)


@never_cache
@require_safe
def accounts_of(request: SignedInRequest, org_id: UUID) -> HttpResponse:
    """Everybody of one organisation with the state of the account."""
    return org_page(request, org_id)


@never_cache
@sensitive_post_parameters("password", "code")
@require_POST
def elevated(request: SignedInRequest, org_id: UUID) -> HttpResponse:
    """Prove to be who I am and say why: for half an hour I may manage accounts. Or end that."""
    org = manageable(request, org_id)
    try:
        prove(request)
    except Refused as refused:
        reason = request.POST.get("reason", "").replace("\0", "")
        return org_page(request, org_id, error=refused.message, reason=reason, status=422)
    return HttpResponseRedirect(reverse("orgs:accounts-of", args=[org.id]))


def prove(request: SignedInRequest) -> None:
    """Begin or end the elevation, as the form says."""
    how: dict[str, Any] = {
        "actor": request.actor,
        "account": own_account(request),
        "address": address_of(request),
        "now": request.now,
    }
    if request.POST.get("end"):
        end_elevation(**how)
        return
    words = ("password", "code", "reason")
    how |= {name: request.POST.get(name, "").replace("\0", "") for name in words}
    elevate(**how)


def elevation(request: SignedInRequest) -> dict[str, Any]:
    """Until when I may manage accounts, for the panel that says so."""
    until = queries.elevated_until(request.actor, request.now)
    return {"elevated_until": timezone.localtime(until) if until else None}


@never_cache
@require_POST
def open_accounts(request: SignedInRequest, org_id: UUID) -> HttpResponse:
    """Open accounts for the people who were ticked, with the numbers that were typed; show their slips."""
    org = manageable(request, org_id)
    ids = picked(request.POST)
    openings = [
        actions.Opening(person_id, phone=request.POST.get(f"phone-{person_id}", "").replace("\0", ""))
        for person_id in ids
    ]
    try:
        if not openings:
            raise NOBODY
        # Together: nobody has an account of which no slip was handed out.
        with acting(request.actor):
            opened = actions.open_accounts(actor=request.actor, openings=openings, now=request.now)
            return handed_out(request, [one.id for one in opened], org)
    except Refused as refused:
        return org_page(
            request, org_id, error=refused.message, typed=request.POST, status=refused_status(refused)
        )


@never_cache
@require_POST
def slips(request: SignedInRequest, org_id: UUID) -> HttpResponse:
    """Fresh slips for the accounts that were ticked, each on its piece of A4, to print now (the codes are
    kept nowhere), or sent as text messages."""
    org = manageable(request, org_id)
    people = picked(request.POST)
    ids = list(Account.objects.filter(person_id__in=people).values_list("id", flat=True))
    try:
        if not ids:
            raise Refused("invalid-none", "还没有选人。请先勾选要发激活单的人。")
        return handed_out(request, ids, org)
    except Refused as refused:
        return org_page(request, org_id, error=refused.message, status=refused_status(refused))


@never_cache
@require_POST
def account_verb(request: SignedInRequest, account_id: UUID, verb: str) -> HttpResponse:
    """One account: close, reopen, reset the second factor, correct the number."""
    person = Person.objects.filter(county_id=request.actor.county_id, account=account_id).first()
    if verb not in VERBS or person is None:
        raise not_found()
    manageable(request, person.home_id)
    given: dict[str, Any] = (
        {"phone": request.POST.get("phone", "").replace("\0", "")} if verb == "phone" else {}
    )
    try:
        VERBS[verb](actor=request.actor, account_id=account_id, now=request.now, **given)
    except Refused as refused:
        return org_page(request, person.home_id, error=refused.message, status=refused_status(refused))
    return HttpResponseRedirect(f"{reverse('orgs:accounts-of', args=[person.home_id])}?done={verb}")


VERBS: Mapping[str, Any] = {
    "close": actions.close_account,
    "reopen": actions.reopen_account,
    "reset": actions.reset_second_factor,
    "phone": actions.set_phone,
}
DONE = {
    "close": "账号已停用，正在进行的登录已经退出。",
    "reopen": "账号已重新启用，原来的密码仍然有效。",
    "reset": "两步验证已重置，这个人的登录已全部退出。",
    "phone": "手机号码已更正。",
}


def org_page(
    request: SignedInRequest,
    org_id: UUID,
    *,
    error: str = "",
    reason: str = "",
    typed: Mapping[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page of one organisation's accounts, with what could not be done."""
    org = manageable(request, org_id)
    states = queries.account_states(request.actor, org_id, request.now)
    context = {
        "org": org,
        "with_account": [one for one in states if one.account],
        "without": [one for one in states if not one.account],
        "states": STATES,
        "texting": outside.gateway() is not None,
        **elevation(request),
        "local": timezone.localtime,
        "error": error,
        "reason": reason,
        "typed": typed or {},
        "done": DONE.get(request.GET.get("done", ""), "") if not error else "",
    }
    return render(request, "orgs/accounts.html", context, status=status)


def handed_out(request: SignedInRequest, account_ids: list[UUID], org: Organisation) -> HttpResponse:
    """Slips to print; or sent as text messages, and to whom not."""
    if request.POST.get("by") != "text":
        return slips_page(request, account_ids, org)
    address = activation_address(request)
    became = text_slips(actor=request.actor, account_ids=account_ids, address=address, now=request.now)
    context = {
        "org": org,
        "sent": [one for one in became if not one.failed],
        "failed": [one for one in became if one.failed],
    }
    return render(request, "orgs/texted.html", context)


def activation_address(request: SignedInRequest) -> str:
    """Where a code is used, as people open it."""
    return (settings.PUBLIC_URL or request.build_absolute_uri("/").rstrip("/")) + reverse("orgs:activate")


def slips_page(
    request: SignedInRequest, account_ids: list[UUID], org: Organisation | None = None
) -> HttpResponse:
    """The slips, to print and cut apart, organisation by organisation."""
    made = actions.issue_slips(actor=request.actor, account_ids=account_ids, now=request.now)
    address = activation_address(request)
    by_home = sorted(made, key=lambda one: (one.account.person.home.name, str(one.account.person.home_id)))
    context = {
        "org": org,
        "homes": [
            (home, [(one, picture(f"{address}?username={one.account.username}")) for one in ours])
            for home, ours in groupby(by_home, key=lambda one: one.account.person.home)
        ],
        "address": address,
        "until": timezone.localtime(made[0].expires_at),
    }
    return render(request, "orgs/slips.html", context)


def manageable(request: SignedInRequest, org_id: UUID) -> Organisation:
    """The organisation, when I manage its accounts; else it does not exist for this page."""
    org = queries.organisation(request.actor, org_id)
    if not allowed(request.actor, "account.alter", org_id):
        raise Refused("forbidden", "您现在的职务不能管理这个单位的账号。请联系本单位的系统管理员。")
    return org


def picked(sent: QueryDict) -> list[UUID]:
    """The people who were ticked; what is no id is ignored."""
    found = []
    for text in sent.getlist("person")[:MOST]:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return sorted(set(found), key=str)


def own_account(request: SignedInRequest) -> Account:
    """The account that is signed in."""
    return cast(Account, request.user)


def refused_status(refused: Refused) -> int:
    """A form that is shown again is 422, unless the refusal is of another kind."""
    return 422 if refused.http_status == 400 else refused.http_status
