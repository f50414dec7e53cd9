"""Messages to my posts: all of them, and having read them."""

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from huyuan.kernel.days import SHANGHAI
from huyuan.notify import actions, queries
from huyuan.orgs.request import SignedInRequest

LATEST = 100


@require_safe
def messages(request: SignedInRequest) -> HttpResponse:
    """The latest messages, those not read yet marked."""
    new = set(queries.unread(request.actor).values_list("id", flat=True))
    rows = queries.for_actor(request.actor).values("id", "text", "url", "at")[:LATEST]
    context = {
        "messages": [{**row, "at": row["at"].astimezone(SHANGHAI), "new": row["id"] in new} for row in rows],
        "new": len(new),
    }
    return render(request, "portal/messages.html", context)


@require_POST
def read(request: SignedInRequest) -> HttpResponse:
    """I have read everything that was sent so far."""
    actions.mark_read(actor=request.actor, now=request.now)
    return HttpResponseRedirect(reverse("portal:today"))
