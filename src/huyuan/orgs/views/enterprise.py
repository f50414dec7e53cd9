"""Signing in through an enterprise account (OIDC): to the provider and back; and linking one's own."""

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from huyuan.kernel.errors import Refused
from huyuan.orgs import oidc, outside
from huyuan.orgs.actions import signing_in
from huyuan.orgs.request import SignedInRequest
from huyuan.orgs.views.signing_in import first_page, go_on, local_target, now

# In the session, between going and coming back; `for` is the account that is to be linked.
JOURNEY = "enterprise"


@never_cache
@require_safe
def go(request: HttpRequest, provider: str) -> HttpResponse:
    """To the provider's own sign-in page."""
    try:
        return HttpResponseRedirect(depart(request, provider, {"target": local_target(request)}))
    except Refused as refused:
        return first_page(request, refused)


@never_cache
@require_POST
def link(request: SignedInRequest, provider: str) -> HttpResponse:
    """A page with the way to the provider, to link its account with mine. By POST with the page's token, so
    that nobody else's account is linked by a foreign page; our content policy lets no form lead outside."""
    address = depart(request, provider, {"for": str(request.actor.person_id)})
    context = {"provider": outside.provider(provider), "address": address}
    return render(request, "orgs/depart.html", context)


@never_cache
@require_safe
def back(request: HttpRequest, provider: str) -> HttpResponse:
    """Back from the provider: sign in, or link."""
    kept = request.session.pop(JOURNEY, None)
    try:
        if kept is None:
            raise Refused("invalid-identity", "这次登录没有从护园开始。请在登录页选择登录方式。")
        chosen = outside.provider(provider)
        journey = oidc.Journey(**kept["journey"])
        person = oidc.finish(chosen, journey, request.GET.dict(), come_back(request, provider))
        if "for" in kept:
            return linked(request, chosen.key, person, UUID(kept["for"]))
        account = signing_in.by_identity(
            provider=chosen.key, subject=person.subject, phone=person.phone, now=now(request)
        )
    except Refused as refused:
        return first_page(request, refused)
    return go_on(
        request,
        account,
        how=chosen.key,
        second_passed=chosen.second_factor,
        target=kept["target"],
    )


def depart(request: HttpRequest, key: str, why: dict[str, str]) -> str:
    """Remember the journey; the address to go to."""
    chosen = outside.provider(key)
    address, journey = oidc.begin(chosen, come_back(request, key))
    request.session[JOURNEY] = {"journey": journey.kept(), **why}
    return address


def linked(request: HttpRequest, key: str, person: oidc.Person, person_id: UUID) -> HttpResponse:
    """Link it to the account that set out; it must still be the one that is signed in here."""
    account = request.user
    if not account.is_authenticated or account.person_id != person_id:
        raise Refused("invalid-identity", "绑定时换了登录的人，没有绑定。请重新登录后再绑定。")
    signing_in.link_identity(account=account, provider=key, subject=person.subject, now=now(request))
    return HttpResponseRedirect(f"{reverse('orgs:security')}?done=linked")


def come_back(request: HttpRequest, key: str) -> str:
    """Our address to come back to, as it is registered with the provider."""
    base = settings.PUBLIC_URL or request.build_absolute_uri("/").rstrip("/")
    return base + reverse("orgs:enterprise-back", args=[key])
