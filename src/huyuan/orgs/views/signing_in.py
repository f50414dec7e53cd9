"""Signing in and out: the first page, the steps after it, slips and codes. Who has not finished holds a
session that says only how far the sign-in has come."""

from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib.auth import login, logout
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from huyuan.kernel.errors import Refused
from huyuan.orgs import outside, tasks
from huyuan.orgs.actions import second_factor, signing_in
from huyuan.orgs.actions.attempts import Locked
from huyuan.orgs.actions.signing_in import Here, Step
from huyuan.orgs.models import Account
from huyuan.orgs.request import ArrivedRequest, address_of, device_of
from huyuan.orgs.signins import ABOUT
from huyuan.orgs.views.codes import drawn

# In the session, while a sign-in is under way: whose, how it began, whether the second factor was given.
UNDER_WAY = "signing_in"
UNDER_WAY_LASTS = timedelta(minutes=10)
# The cookie by which a browser that has signed in before is known again.
DEVICE_COOKIE = "huyuan_device"
DEVICE_LASTS = timedelta(days=180)
DEVICE_ACCOUNTS = 8
READ = ["GET", "HEAD", "POST"]


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(READ)
def sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page; afterwards to `next` when that is an address of ours, else to Today."""
    if request.method != "POST":
        if request.user.is_authenticated:
            return HttpResponseRedirect(local_target(request))
        return first_page(request)
    try:
        account = signing_in.by_password(
            name=request.POST.get("username", "").replace("\0", ""),
            password=request.POST.get("password", ""),
            here=here(request),
            now=now(request),
        )
    except Refused as refused:
        return first_page(request, refused)
    return go_on(request, account, how="password")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session. By POST only, so that no link or picture signs anybody out."""
    logout(request)
    return HttpResponseRedirect(settings.LOGIN_URL)


@sensitive_post_parameters("code", "new", "again")
@never_cache
@require_http_methods(READ)
def activate(request: HttpRequest) -> HttpResponse:
    """Use an activation slip or a code from a text message: it gives the account a password of its owner."""
    given = {name: request.POST.get(name, "").replace("\0", "") for name in ("username", "code")}
    if request.method != "POST":
        given = {"username": request.GET.get("username", ""), "code": ""}
        context = {"given": given, "errors": {}, "level": level(), "texted": "texted" in request.GET}
        return render(request, "orgs/activate.html", context)
    new, errors, status = request.POST.get("new", ""), {}, 422
    if new != request.POST.get("again", ""):
        errors["again"] = "两次填写的密码不一样，请重新填写。"
    else:
        try:
            account = signing_in.by_slip(
                name=given["username"], code=given["code"], new=new, here=here(request), now=now(request)
            )
        except Refused as refused:
            errors["new" if refused.code == "invalid-password" else "code"] = refused.message
            status = status_of(refused)
        else:
            return go_on(request, account, how="slip")
    context = {"given": given, "errors": errors, "level": level(), "texted": False}
    return render(request, "orgs/activate.html", context, status=status)


@never_cache
@require_http_methods(READ)
def forgotten(request: HttpRequest) -> HttpResponse:
    """Ask for a code as a text message. The answer is the same whether or not there is such an account."""
    if outside.gateway() is None:
        return render(request, "orgs/forgotten.html", {"possible": False, "error": ""})
    if request.method == "POST":
        name = request.POST.get("username", "").replace("\0", "")
        try:
            made = signing_in.text_code(name=name, here=here(request), now=now(request))
        except Locked as locked:
            context = {"possible": True, "error": locked.message}
            return render(request, "orgs/forgotten.html", context, status=429)
        if made:
            tasks.send_code(*made)
        return HttpResponseRedirect(f"{reverse('orgs:activate')}?texted=1")
    return render(request, "orgs/forgotten.html", {"possible": True, "error": ""})


@never_cache
@require_http_methods(READ)
def second(request: HttpRequest) -> HttpResponse:
    """The second step: the authenticator's code, or a recovery code."""
    account = under_way(request, "second")
    if account is None:
        return begin_again()
    error, status = "", 200
    if request.method == "POST":
        try:
            code = request.POST.get("code", "").replace("\0", "")
            signing_in.second_step(account=account, code=code, here=here(request), now=now(request))
        except Refused as refused:
            error, status = refused.message, status_of(refused)
        else:
            request.session[UNDER_WAY] = request.session[UNDER_WAY] | {"second": True}
            return go_on(request, account)
    return render(request, "orgs/second.html", {"error": error}, status=status)


@never_cache
@require_http_methods(READ)
def enrol(request: HttpRequest) -> HttpResponse:
    """A post of this person needs a second factor and there is none yet: set it up, then the sign-in goes
    on."""
    account = under_way(request, "enrol")
    if account is None:
        return begin_again()
    error, status = "", 200
    if request.method == "POST":
        try:
            code = request.POST.get("code", "").replace("\0", "")
            codes = signing_in.confirm_second_factor(
                account=account, code=code, here=here(request), now=now(request)
            )
        except Refused as refused:
            error, status = refused.message, status_of(refused)
        else:
            request.session[UNDER_WAY] = request.session[UNDER_WAY] | {"second": True}
            target = go_on(request, account)["Location"]
            return render(request, "orgs/recovery_codes.html", {"codes": codes, "target": target})
    secret = second_factor.offer(account)
    context = {"secret": secret, "picture": drawn(account.username, secret), "error": error}
    return render(request, "orgs/enrol.html", context, status=status)


@sensitive_post_parameters("new", "again")
@never_cache
@require_http_methods(READ)
def outdated(request: HttpRequest) -> HttpResponse:
    """The password is out of date: choose a new one, then the sign-in goes on."""
    account = under_way(request, "password")
    if account is None:
        return begin_again()
    errors: dict[str, str] = {}
    if request.method == "POST":
        new = request.POST.get("new", "")
        if new != request.POST.get("again", ""):
            errors["again"] = "两次填写的密码不一样，请重新填写。"
        else:
            try:
                signing_in.choose_password(account=account, new=new, now=now(request))
            except Refused as refused:
                errors["new"] = refused.message
            else:
                return go_on(request, account)
    context = {"errors": errors, "level": level()}
    return render(request, "orgs/outdated.html", context, status=422 if errors else 200)


STEP_PAGES = {"password": "orgs:outdated", "second": "orgs:second", "enrol": "orgs:enrol"}


def go_on(
    request: HttpRequest,
    account: Account,
    *,
    how: str = "",
    second_passed: bool = False,
    target: str = "",
) -> HttpResponseRedirect:
    """To the page of what the sign-in still wants, or, complete, to where it was meant to lead. `how` is
    given when it begins."""
    if how:
        request.session.cycle_key()
        request.session[UNDER_WAY] = {
            "account": str(account.id),
            "how": how,
            "second": second_passed,
            "target": target or local_target(request),
            "at": now(request).isoformat(),
        }
    state = request.session[UNDER_WAY]
    step = signing_in.missing(account, **so_far(request), now=now(request))
    if step:
        return HttpResponseRedirect(reverse(STEP_PAGES[step]))
    del request.session[UNDER_WAY]
    place = here(request)
    login(request, account)
    request.session[ABOUT] = {
        "since": now(request).isoformat(),
        "address": place.address,
        "device": place.device,
    }
    signing_in.signed_in(account=account, how=state["how"], here=place, now=now(request))
    response = HttpResponseRedirect(state["target"])
    remember_device(request, response, account)
    return response


def so_far(request: HttpRequest) -> dict[str, Any]:
    """How the sign-in began, and whether the second factor was given, as `missing` wants it."""
    state = request.session[UNDER_WAY]
    return {"how": state["how"], "second_passed": state["second"]}


def under_way(request: HttpRequest, step: Step) -> Account | None:
    """The account whose sign-in this browser has begun and which now wants this step; None when it was left
    for too long, or never begun."""
    state = request.session.get(UNDER_WAY)
    if not state or now(request) - datetime.fromisoformat(state["at"]) > UNDER_WAY_LASTS:
        return None
    account = Account.objects.filter(id=UUID(state["account"]), is_active=True).first()
    if account is None or signing_in.missing(account, **so_far(request), now=now(request)) != step:
        return None
    return account


def begin_again() -> HttpResponse:
    """To the first page."""
    return HttpResponseRedirect(settings.LOGIN_URL)


def here(request: HttpRequest) -> Here:
    """Where the request comes from, with what the device cookie says."""
    kept = device_cookie(request)
    return Here(
        address_of(request),
        device_of(request),
        kept.get("browser", ""),
        frozenset(kept.get("accounts", ())),
    )


def device_cookie(request: HttpRequest) -> dict[str, Any]:
    """What we wrote into the cookie; empty when there is none or somebody else wrote it."""
    try:
        kept: dict[str, Any] = signing.loads(
            request.COOKIES.get(DEVICE_COOKIE, ""), salt=DEVICE_COOKIE, max_age=DEVICE_LASTS
        )
    except signing.BadSignature:
        return {}
    return kept


def remember_device(request: HttpRequest, response: HttpResponse, account: Account) -> None:
    """Know this browser again: it has signed in to the account."""
    kept = device_cookie(request)
    others = [known for known in kept.get("accounts", ()) if known != str(account.id)]
    value = {
        "browser": kept.get("browser") or str(uuid4()),
        "accounts": [str(account.id), *others][:DEVICE_ACCOUNTS],
    }
    response.set_cookie(
        DEVICE_COOKIE,
        signing.dumps(value, salt=DEVICE_COOKIE),
        max_age=DEVICE_LASTS,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
        path=settings.LOGIN_URL,
    )


def first_page(request: HttpRequest, refused: Refused | None = None) -> HttpResponse:
    """The sign-in page with what was typed, never the password."""
    context = {
        "error": refused.message if refused else "",
        "username": request.POST.get("username", ""),
        "next": local_target(request),
        "providers": outside.providers(),
    }
    return render(request, "orgs/sign_in.html", context, status=status_of(refused) if refused else 200)


def status_of(refused: Refused) -> int:
    """Too many attempts say so to machines as well."""
    return 429 if isinstance(refused, Locked) else 422


def level() -> Any:
    """What a password has to be."""
    return settings.PROTECTION_LEVEL


def now(request: HttpRequest) -> datetime:
    """The instant at which the request arrived, as the middleware noted it."""
    return cast(ArrivedRequest, request).now


def local_target(request: HttpRequest) -> str:
    """Where to go after signing in: a path on this host, nothing else."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    if target.startswith("/") and url_has_allowed_host_and_scheme(target, allowed_hosts=None):
        return target
    return settings.LOGIN_REDIRECT_URL
