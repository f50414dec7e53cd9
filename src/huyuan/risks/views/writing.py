"""Writing a risk notice: in whose name, then one page."""

from collections.abc import Iterator
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from huyuan.kernel.days import SHANGHAI, last_day
from huyuan.orgs.permissions import not_found
from huyuan.orgs.request import SignedInRequest
from huyuan.papers.views.filing import uuid_given
from huyuan.papers.views.trying import Tried, handed_in, shown
from huyuan.registers.forms import with_file_names
from huyuan.risks import actions, queries
from huyuan.risks.actions.notices import writing
from huyuan.risks.models import RiskNotice


class Writer(NamedTuple):
    """In whose name a notice may be written, and through whom (代录)."""

    org_id: UUID
    name: str
    recorded_by: UUID | None

    @property
    def query(self) -> str:
        """How its page is asked for."""
        asked = {"org": str(self.org_id)}
        return urlencode(asked | {"by": str(self.recorded_by)} if self.recorded_by else asked)


def writers(request: SignedInRequest) -> Iterator[Writer]:
    """Everybody in whose name the actor may write."""
    for org_id, name in queries.issuers(request.actor).items():
        yield Writer(org_id, name, None)
    for keeper, agencies in queries.recorders(request.actor).items():
        for org_id, name in agencies.items():
            yield Writer(org_id, name, keeper)


@require_http_methods(["GET", "HEAD", "POST"])
def write(request: SignedInRequest) -> HttpResponse:
    """Write a notice on one page, and send it. Where there are several, first choose in whose name."""
    able = list(writers(request))
    old = given(request, "replaces")
    replaced = queries.notice_seen(request.actor, old) if old else None
    wanted = (given(request, "org"), given(request, "by"))
    if replaced:
        wanted = (replaced.org_id, replaced.recorded_by_org_id)
    chosen = [one for one in able if (one.org_id, one.recorded_by) == wanted]
    if not able or (wanted[0] and not chosen):
        raise not_found()
    if not chosen and len(able) > 1:
        return render(request, "risks/notice_writers.html", {"writers": able})
    writer = (chosen or able)[0]
    asked = writing(request.actor, writer.org_id, writer.recorded_by)
    tried = Tried(values_of(replaced) if replaced else {})
    client_id = uuid4()
    values = tried.values
    if request.method == "POST":
        client_id = uuid_given(request.POST.get("client_uuid", ""))

        def send(answers: dict[str, list[str]], uploads: dict[UUID, str]) -> HttpResponse:
            sent = actions.risk_notice_issue(
                actor=request.actor, org_id=writer.org_id, client_id=client_id, answers=answers,
                uploads=uploads, recorded_by=writer.recorded_by, replaces=old, now=request.now,
            )  # fmt: skip
            page = reverse("risks:notice", args=[sent.id])
            return HttpResponseRedirect(f"{page}?received={client_id}")

        answer = handed_in(request, asked.fields, send)
        if isinstance(answer, HttpResponse):
            return answer
        tried = answer
        values = with_file_names(asked.fields, tried.values, shown(tried.held))
    context = {
        "writer": writer,
        "fields": asked.fields,
        "values": values,
        "client_id": client_id,
        "schools": len(asked.audience.schools),
        "replaced": replaced,
        **tried.context,
    }
    return render(request, "risks/notice_write.html", context, status=tried.status)


def given(request: SignedInRequest, name: str) -> UUID | None:
    """An id that the address names, if any."""
    text = request.GET.get(name, "")
    return uuid_given(text) if text else None


def values_of(notice: RiskNotice) -> dict[str, Any]:
    """What stands in a notice, as the page of its correction begins."""
    span = {"starts": notice.starts_at, "ends": notice.ends_at}
    return {
        "kind": notice.kind,
        "place": notice.place,
        "measure": notice.measure,
        **{name: f"{at.astimezone(SHANGHAI):%Y-%m-%dT%H:%M}" for name, at in span.items()},
        "expires": last_day(notice.expires_at).isoformat(),
        "to": "all",
    }
