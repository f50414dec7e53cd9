"""The education bureau of the sample county adopts the two directives: local values, sign-in dates,
go-live."""

from datetime import date, datetime, timedelta
from typing import Any

from huyuan.duties import actions as duties
from huyuan.duties.models import Adoption
from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Organisation
from huyuan.orgs.session import acting

DECIDED_BY = "青禾县教育局党组会议"

# Answers to what the texts leave open. Some questions stay open on purpose: their verdicts say so.
LOCAL_VALUES: dict[str, dict[str, Any]] = {
    "jinzhai-2018-six-mechanisms": {
        "safety-post-people": 3,
        "concentrated-check-every": {"quarter": 1},
        "joint-supervision-every": {"month": 1},
        "agency-contact-every": {"quarter": 1},
        "activate-plan-within": {"minutes": 10},
    },
    "qi-education-school-safety": {
        "department-meeting-every": {"quarter": 1},
        "bureau-publicity-every": {"semester": 1},
        "practice-every": {"semester": 1},
        "supervision-every": {"semester": 1},
        "supervision-visits": 40,
        "feedback-within": {"working_days": 5},
        "duty-roster-every": {"month": 1},
        "duty-rounds": 1,
        "video-retention-days": 30,
        "gate-report-within": {"days": 1},
        "class-hours-rounds": 1,
        "pickup-check-every": {"month": 1},
        "canteen-check-every": {"month": 1},
        "water-check-every": {"month": 1},
        "archive-every": {"semester": 1},
        "lesson-every": {"month": 1},
        "legal-lesson-every": {"semester": 1},
        "drill-every": {"month": 1},
        "perimeter-every": {"semester": 1},
        "contact-test-every": {"semester": 1},
        "consultation-every": {"semester": 1},
        "perimeter-cleanup-every": {"semester": 1},
        "area-inspection-every": {"month": 1},
        "directive-inspection-every": {"semester": 1},
        "school-publicity-every": {"semester": 1},
        "self-check-every": {"week": 1},
        "rectification-within": {"days": 7},
        "problem-report-within": {"days": 1},
    },
}


def adopt(*, actor: Actor, bureau: Organisation, first: date, second: date, now: datetime) -> None:
    """The six mechanisms bind from the term's first day on, the banner's plan from `second` on. Sign-ins
    count from the
    start but for the leader in charge, whose roster is judged; they may be entered within twelve hours."""
    for (key, local_values), go_live in zip(LOCAL_VALUES.items(), (first, second), strict=True):
        duties.adopt(
            actor=actor,
            org_id=bureau.id,
            pack_key=key,
            go_live=go_live,
            from_day=first,
            decided_by=DECIDED_BY,
            local_values=local_values,
            sign_ins={point: first for point in ("gate", "duty-room", "dormitory")},
            window_minutes=12 * 60,
            now=now,
        )


def excuse(*, actor: Actor, school: Organisation, first: date, now: datetime) -> None:
    """The bureau spares a school one month's joint check: the county's own group was there."""
    with acting(actor):
        adoption = Adoption.objects.get(county_id=actor.county_id, pack_key="jinzhai-2018-six-mechanisms")
    duties.waive(
        actor=actor,
        adoption_id=adoption.id,
        org_id=school.id,
        rule_key="monthly-joint-check",
        from_day=first,
        until=(first + timedelta(days=31)).replace(day=1) - timedelta(days=1),
        reason="当月由县联合督导组进校检查，警校联合排查免做一次",
        now=now,
    )
