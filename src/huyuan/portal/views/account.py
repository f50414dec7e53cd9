"""The account page: who I am, which posts I hold, my password."""

from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from huyuan.kernel.errors import Refused
from huyuan.orgs import actions
from huyuan.orgs.permissions import reached
from huyuan.orgs.request import SignedInRequest
from huyuan.portal.queries import organisations as queries


@require_safe
def account(request: SignedInRequest) -> HttpResponse:
    """Name, user name and posts, with the organisations they belong to."""
    return page(request)


@sensitive_post_parameters("old", "new", "again")
@require_POST
def password(request: SignedInRequest) -> HttpResponse:
    """Change my password; other sign-ins of mine end, this one goes on."""
    old, new, again = (request.POST.get(name, "") for name in ("old", "new", "again"))
    errors: dict[str, str] = {}
    if new != again:
        errors["again"] = "两次填写的新密码不一样，请重新填写。"
    else:
        try:
            changed = actions.change_own_password(actor=request.actor, old=old, new=new, now=request.now)
        except Refused as refused:
            if refused.http_status == 404:
                raise
            errors["old" if refused.code == "invalid-old-password" else "new"] = refused.message
    if errors:
        return page(request, errors, status=422)
    update_session_auth_hash(request, changed)
    return HttpResponseRedirect(f"{reverse('portal:account')}?changed=1")


def page(request: SignedInRequest, errors: dict[str, str] | None = None, status: int = 200) -> HttpResponse:
    """The account page, with what was wrong about the new password; passwords are never sent back."""
    context = {
        "actor": request.actor,
        "username": request.user.get_username(),
        "posts": queries.words().posts,
        "errors": errors or {},
        "manages": bool(reached(request.actor, "account.alter")),
        "audits": bool(reached(request.actor, "trace.see")),
        "level": settings.PROTECTION_LEVEL,
        "changed": "changed" in request.GET and not errors,
    }
    return render(request, "portal/account.html", context, status=status)
