"""联系人: with whom an organisation keeps in touch, by which posts and telephone, and when it was tried."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from huyuan.kernel.days import day_of, zh_day
from huyuan.kernel.errors import Refused
from huyuan.orgs.actions import set_duty_phone
from huyuan.orgs.permissions import allowed, reached
from huyuan.orgs.request import SignedInRequest
from huyuan.orgs.vocabulary import kinds_on, names
from huyuan.papers.views.filing import uuid_given
from huyuan.portal.queries.contacts import Contact
from huyuan.portal.queries.contacts import contacts as contacts_of
from huyuan.portal.queries.library import library
from huyuan.registers.queries import filling_post

LIAISON = "liaison"
"""The register in which a school writes down its contacts and that they were tried."""


@require_http_methods(["GET", "HEAD", "POST"])
def contacts(request: SignedInRequest, org_id: UUID) -> HttpResponse:
    """The page; posting says by which telephone one of them is reached."""
    day = day_of(request.now)
    mine, others = contacts_of(request.actor, org_id, day)
    refused: Refused | None = None
    if request.method == "POST":
        whose = uuid_given(request.POST.get("org_id", ""))
        try:
            phone = request.POST.get("phone", "")
            set_duty_phone(actor=request.actor, org_id=whose, phone=phone, now=request.now)
            return HttpResponseRedirect(reverse("portal:contacts", args=[org_id]))
        except Refused as error:
            if error.http_status in (403, 404):
                raise
            refused = error
    kinds = names("orgkind")
    form = library().forms.get(LIAISON)
    arranges = bool(reached(request.actor, "liaison.alter"))
    may = {
        one.org.id
        for one in (mine, *others)
        if allowed(request.actor, "phone.alter", one.org.id) or (arranges and one.why == "联系单位")
    }
    context = {
        "org": mine.org,
        "mine": row(mine, kinds),
        "may": may,
        "others": [row(one, kinds) for one in others],
        "school": mine.org.kind in kinds_on("school"),
        "register_url": f"{reverse('registers:fill', args=[LIAISON])}?org={org_id}"
        if form and filling_post(request.actor, form, org_id)
        else "",
        "refused": refused,
        "given": request.POST.get("phone", "") if refused else "",
    }
    return render(request, "portal/contacts.html", context, status=refused.http_status if refused else 200)


def row(one: Contact, kinds: Any) -> dict[str, Any]:
    """A contact as the page draws it."""
    return {
        "id": one.org.id,
        "name": one.org.name,
        "kind": kinds.get(one.org.kind, one.org.kind),
        "why": one.why,
        "phone": one.phone,
        "posts": "、".join(one.posts),
        "tried": zh_day(day_of(one.tried_at)) if one.tried_at else "",
    }
