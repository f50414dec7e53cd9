"""Signing in and out."""

from typing import Any

from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

WRONG = "账号或密码不对。请核对后再试；连续错 5 次要等 15 分钟。"
LOCKED = "密码连续输错次数太多，这个账号在本机暂停登录 15 分钟。请稍后再试，或请本单位管理员重设密码。"


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page; afterwards to `next` when that is an address of ours, else to Today."""
    target = local_target(request)
    if request.method != "POST":
        if request.user.is_authenticated:
            return HttpResponseRedirect(target)
        return page(request)
    username = request.POST.get("username", "").strip()
    account = authenticate(request, username=username, password=request.POST.get("password", ""))
    if account is None:
        return page(request, error=WRONG, status=422)
    login(request, account)
    return HttpResponseRedirect(target)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session. By POST only, so that no link or picture signs anybody out."""
    logout(request)
    return HttpResponseRedirect(settings.LOGIN_URL)


def locked_out(request: HttpRequest, *_: Any) -> HttpResponse:
    """After too many failures (django-axes calls this): the form again, saying how long to wait."""
    return page(request, error=LOCKED, status=429)


def page(request: HttpRequest, *, error: str = "", status: int = 200) -> HttpResponse:
    """The sign-in page with what was typed, never the password."""
    context = {"error": error, "username": request.POST.get("username", ""), "next": local_target(request)}
    return render(request, "orgs/sign_in.html", context, status=status)


def local_target(request: HttpRequest) -> str:
    """Where to go after signing in: a path on this host, nothing else."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    if target.startswith("/") and url_has_allowed_host_and_scheme(target, allowed_hosts=None):
        return target
    return settings.LOGIN_REDIRECT_URL
