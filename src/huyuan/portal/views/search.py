"""The search page."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from huyuan.kernel.days import day_of
from huyuan.orgs.request import SignedInRequest
from huyuan.portal.queries import search as queries
from huyuan.portal.queries.organisations import words

SHORTEST = 2
AROUND = 40
"""Characters of a clause shown on each side of what was found."""


@require_safe
def search(request: SignedInRequest) -> HttpResponse:
    """`?q=`: everything that I may see and that contains these words."""
    text = request.GET.get("q", "").strip()[:60].replace("\0", "")
    found = queries.find(request.actor, text, day_of(request.now)) if len(text) >= SHORTEST else None
    context = {
        "text": text,
        "found": found,
        "kinds": words().kinds if found else {},
        "clauses": [
            {**clause, "parts": excerpt(clause["text"], text)} for clause in (found.clauses if found else ())
        ],
    }
    return render(request, "portal/search.html", context)


def excerpt(whole: str, text: str) -> tuple[str, str, str]:
    """The text around what was found: before, found, after; its beginning where only the title has it."""
    at = whole.lower().find(text.lower())
    if at < 0:
        return whole[: 2 * AROUND] + ("…" if len(whole) > 2 * AROUND else ""), "", ""
    first, last = max(0, at - AROUND), at + len(text) + AROUND
    before = ("…" if first else "") + whole[first:at]
    return (
        before,
        whole[at : at + len(text)],
        whole[at + len(text) : last] + ("…" if last < len(whole) else ""),
    )
