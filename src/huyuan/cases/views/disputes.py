"""Disputes: the list for those who handle them, counts for those above."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from huyuan.cases import queries
from huyuan.cases.queries import DISPUTE, Filters
from huyuan.cases.rules import WAYS
from huyuan.cases.views.boards import known, number_given, row, select
from huyuan.orgs.permissions import not_found, reached
from huyuan.orgs.request import SignedInRequest


@require_safe
def disputes(request: SignedInRequest) -> HttpResponse:
    """Those of my school, or how many there are at the schools of which I may know that."""
    actor = request.actor
    reports, handles = bool(reached(actor, "dispute.report")), bool(reached(actor, "dispute.see"))
    counts = bool(reached(actor, "dispute.count"))
    if not (reports or handles or counts):
        raise not_found()
    spec, states = queries.spec_of(DISPUTE), WAYS[DISPUTE].case.states
    wanted = Filters(state=known(request.GET.get("state", ""), [*states]))
    number = number_given(request.GET.get("page", ""))
    cards, count = (
        queries.page(actor, DISPUTE, wanted, number, request.now) if reports or handles else ([], 0)
    )
    categories = {one.key: one.zh for one in spec.categories}
    of_all = queries.confidential_counts(actor, DISPUTE) if counts else []
    context = {
        "listed": reports or handles,
        "may_report": reports,
        "rows": [row(card, spec, request) for card in cards],
        "count": count,
        "page": number,
        "pages": -(-count // queries.PAGE),
        "prefix": f"?state={wanted.state}&page=",
        "fields": [select("state", "状态", states, wanted.state)],
        "clear": reverse("cases:disputes") if wanted.state else "",
        "counted": counts,
        "schools": len(reached(actor, "dispute.count")),
        "by_category": [
            {"what": zh, **queries.summed(one for one in of_all if one.category == key)}
            for key, zh in categories.items()
        ],
        "by_month": [
            {"what": f"{month:%Y-%m}", **queries.summed(one for one in of_all if one.month == month)}
            for month in sorted({one.month for one in of_all}, reverse=True)[:12]
        ],
        "all": queries.summed(of_all),
    }
    return render(request, "cases/disputes.html", context)
