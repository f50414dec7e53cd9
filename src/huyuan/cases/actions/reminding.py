"""Whoever has the turn is reminded as the deadline nears and after it; what stays open too long goes up."""

from collections import defaultdict
from datetime import datetime, timedelta
from uuid import UUID

from django.urls import reverse

from huyuan.cases import queries
from huyuan.cases.actions.stepping import named
from huyuan.cases.models import Case, Part
from huyuan.cases.permissions import ANSWERABLE
from huyuan.cases.rules import OPEN, OPEN_PART, escalates, remind_on
from huyuan.kernel.days import zh_deadline
from huyuan.notify.actions import Line, send_all
from huyuan.orgs.models import Post


def remind_due(*, now: datetime) -> int:
    """Remind in the county of the running transaction; how many messages are meant. A repeat sends nothing
    new: every reminder of a case has its own key. Three statements."""
    meant: dict[UUID, list[tuple[str, str, str]]] = defaultdict(list)
    specs = queries.specs()
    longest = max((level.remind_before for spec in specs.values() for level in spec.levels), default=0)
    cases = list(
        Case.objects.filter(state__in=OPEN, due_at__lte=now + timedelta(days=longest)).order_by(
            "due_at", "id"
        )
    )
    working: dict[UUID, list[UUID]] = defaultdict(list)
    for case_id, org_id in Part.objects.filter(case__in=cases, state__in=OPEN_PART).values_list(
        "case_id", "org_id"
    ):
        working[case_id].append(org_id)
    for case in cases:
        spec = specs[case.kind]
        level = next((one for one in spec.levels if one.key == case.level), spec.levels[0])
        assert case.due_at is not None
        url = reverse("cases:case", args=[case.id])
        number = remind_on(case.due_at, level.remind_before, level.remind_every, now)
        turn = working[case.id] or [case.desk_id or case.org_id]
        if number is not None:
            line = f"{named(case)}：{zh_deadline(case.due_at, now)}"
            for org_id in turn:
                meant[org_id].append((f"case-due:{case.id}:{case.due_at:%Y%m%d}:{number}", line, url))
        if escalates(case.due_at, level.escalate_after, now):
            top = queries.overseer_of(case.county_id, case.org_id, spec)
            line = f"{named(case)}超期{(now - case.due_at).days}天没有销号，请督办。"
            meant[top].append((f"case-escalate:{case.id}:{level.key}:{case.due_at:%Y%m%d}", line, url))
    posts = Post.objects.filter(org_id__in=list(meant), kind__in=ANSWERABLE) if meant else Post.objects.none()
    lines = [
        Line(org_id, kind, key, text[:300], url)
        for org_id, kind in posts.values_list("org_id", "kind").distinct()
        for key, text, url in meant[org_id]
    ]
    send_all(lines, now=now)
    return len(lines)
