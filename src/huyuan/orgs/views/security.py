"""The safety of my own sign-in: second factor, recovery codes, where I am signed in, enterprise accounts."""

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from huyuan.kernel.errors import Refused
from huyuan.orgs import outside, queries
from huyuan.orgs.actions import second_factor, signing_in
from huyuan.orgs.models import Identity, RecoveryCode, SecondFactor
from huyuan.orgs.request import SignedInRequest
from huyuan.orgs.views.accounts import own_account, refused_status
from huyuan.orgs.views.codes import drawn
from huyuan.orgs.views.signing_in import here

DONE = {
    "off": "两步验证已停用。",
    "others": "其他设备上的登录已经全部退出。",
    "linked": "企业账号已绑定，以后可以用它登录。",
    "unlinked": "企业账号已解除绑定。",
}


@never_cache
@require_safe
def security(request: SignedInRequest) -> HttpResponse:
    """What protects my account, and where it is signed in."""
    return page(request)


@never_cache
@require_POST
def enable(request: SignedInRequest) -> HttpResponse:
    """Set up the authenticator: first the code to scan; with the app's code, it is asked for from now on."""
    account = own_account(request)
    code = request.POST.get("code", "").replace("\0", "")
    error = ""
    if code:
        try:
            codes = signing_in.confirm_second_factor(
                account=account, code=code, here=here(request), now=request.now
            )
        except Refused as refused:
            error = refused.message
        else:
            target = reverse("orgs:security")
            return render(request, "orgs/recovery_codes.html", {"codes": codes, "target": target})
    secret = second_factor.offer(account)
    context = {"secret": secret, "picture": drawn(account.username, secret), "error": error}
    return render(request, "orgs/set_up.html", context, status=422 if error else 200)


@sensitive_post_parameters("password")
@never_cache
@require_POST
def disable(request: SignedInRequest) -> HttpResponse:
    """No second factor any more; the present code is asked for, so that a phone left lying about is not
    enough."""
    account = own_account(request)
    try:
        if signing_in.second_factor_needed(request.actor):
            raise Refused(
                "forbidden-needed", "您的职务必须启用两步验证，不能停用。换手机请找系统管理员重置。"
            )
        code = request.POST.get("code", "").replace("\0", "")
        signing_in.second_step(account=account, code=code, here=here(request), now=request.now)
    except Refused as refused:
        return page(request, error=refused.message, status=refused_status(refused))
    second_factor.disable(account, now=request.now)
    return HttpResponseRedirect(f"{reverse('orgs:security')}?done=off")


@never_cache
@require_POST
def renew_codes(request: SignedInRequest) -> HttpResponse:
    """Fresh recovery codes, against the present code; those before are worth nothing."""
    account = own_account(request)
    try:
        code = request.POST.get("code", "").replace("\0", "")
        signing_in.second_step(account=account, code=code, here=here(request), now=request.now)
    except Refused as refused:
        return page(request, error=refused.message, status=refused_status(refused))
    codes = second_factor.renew_codes(account, now=request.now)
    target = reverse("orgs:security")
    return render(request, "orgs/recovery_codes.html", {"codes": codes, "target": target})


@never_cache
@require_POST
def sign_out_everywhere(request: SignedInRequest) -> HttpResponse:
    """End my sign-ins on all other devices."""
    signing_in.sign_out_everywhere(
        account=own_account(request), but=request.session.session_key, now=request.now
    )
    return HttpResponseRedirect(f"{reverse('orgs:security')}?done=others")


@never_cache
@require_POST
def unlink(request: SignedInRequest, provider: str) -> HttpResponse:
    """An enterprise account no longer signs in to mine."""
    signing_in.unlink_identity(account=own_account(request), provider=provider, now=request.now)
    return HttpResponseRedirect(f"{reverse('orgs:security')}?done=unlinked")


def page(request: SignedInRequest, *, error: str = "", status: int = 200) -> HttpResponse:
    """The page, with what could not be done."""
    account = own_account(request)
    factor = SecondFactor.objects.filter(person_id=account.person_id, confirmed_at__isnull=False).first()
    linked = set(Identity.objects.filter(person_id=account.person_id).values_list("provider", flat=True))
    sign_ins: list[dict[str, Any]] = [
        {
            "device": one.device,
            "address": one.address,
            "since": timezone.localtime(one.since) if one.since else None,
            "here": one.session_key == request.session.session_key,
        }
        for one in queries.sign_ins_of(account, request.now)
    ]
    context = {
        "factor_since": timezone.localtime(factor.confirmed_at) if factor else None,
        "codes_left": RecoveryCode.objects.filter(person_id=account.person_id, used_at=None).count(),
        "needed": signing_in.second_factor_needed(request.actor),
        "sign_ins": sign_ins,
        "providers": [(one, one.key in linked) for one in outside.providers()],
        "error": error,
        "done": DONE.get(request.GET.get("done", ""), "") if not error else "",
    }
    return render(request, "orgs/security.html", context, status=status)
