"""The search page."""

from collections.abc import Callable, Mapping

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from huyuan.kernel.finding import LONGEST, excerpt, marked, terms
from huyuan.orgs.request import SignedInRequest
from huyuan.orgs.search import SOURCES
from huyuan.portal.queries import search as queries


@require_safe
def search(request: SignedInRequest) -> HttpResponse:
    """`?q=`: everything that I may see and that contains these words; `?in=` looks through one kind only."""
    text = request.GET.get("q", "").strip()[:LONGEST].replace("\0", "")
    only = request.GET.get("in", "")
    only = only if only in SOURCES else ""
    asked = terms(text)
    found = queries.find(request.actor, asked, only, request.now) if asked else []
    here = reverse("portal:search")
    context = {
        "text": text,
        "asked": bool(asked),
        "only": SOURCES[only].zh if only else "",
        "all_url": f"{here}?{urlencode({'q': text})}",
        "found": [
            {
                "name": one.name,
                "zh": one.zh,
                "hits": [
                    {
                        "url": ADDRESSES[one.name](hit.key),
                        "title": marked(hit.title, asked),
                        "note": hit.note,
                        "text": excerpt(hit.text, asked) if hit.text else [],
                    }
                    for hit in one.hits
                ],
                "more": one.more,
                "more_url": "" if only else f"{here}?{urlencode({'q': text, 'in': one.name})}",
            }
            for one in found
        ],
        "most": queries.MANY,
    }
    return render(request, "portal/search.html", context)


def page(name: str) -> Callable[[str], str]:
    """The page that is asked for by the key alone."""
    return lambda key: reverse(name, args=[key])


def clause(key: str) -> str:
    pack, _, of = key.partition("/")
    return f"{reverse('portal:directive', args=[pack])}#{of}"


def form(key: str) -> str:
    of, _, org_id = key.partition("/")
    return f"{reverse('registers:fill', args=[of])}?{urlencode({'org': org_id})}"


# Where each kind of thing has its page.
ADDRESSES: Mapping[str, Callable[[str], str]] = {
    "organisations": page("portal:organisation"),
    "posts": page("portal:organisation"),
    "forms": form,
    "notices": page("papers:notice"),
    "risk-notices": page("risks:notice"),
    "entries": page("registers:entry"),
    "cases": page("cases:case"),
    "submissions": page("papers:submission"),
    "policies": page("papers:org"),
    "clauses": clause,
    "directives": page("portal:directive"),
}
