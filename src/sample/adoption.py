"""The education bureau of the sample county adopts the two directives: local values, sign-in dates,
go-live."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Any

from huyuan.duties import actions as duties
from huyuan.duties.models import Adoption
from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Organisation
from huyuan.orgs.session import acting
from sample.adopters import (
    IN_CAMPAIGN,
    LINKED,
    LINKED_PARTNERS,
    ON_TRIAL,
    TOWN,
    WITH_POLICE_OFFICE,
    campaign_days,
    offices_of_the_town,
    order_in_force,
    schools_of_the_town,
)
from sample.county import DEMO_SCHOOL
from sample.partners import COLLEGE

DECIDED_BY = "青禾县教育局党组会议"

# Answers to what the texts leave open. Some questions stay open on purpose: their verdicts say so.
LOCAL_VALUES: dict[str, dict[str, Any]] = {
    "jinzhai-2018-six-mechanisms": {
        "safety-post-people": 3,
        "concentrated-check-every": {"quarter": 1},
        "risk-list-every": {"semester": 1},
        "risk-analysis-every": {"month": 1},
        "school-ledger-every": {"semester": 1},
        "risk-guidance-every": {"quarter": 1},
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


LINKAGE = "county-kindergarten-police-linkage"

LINKAGE_VALUES: dict[str, Any] = {
    "campus-rectification-every": {"semester": 1},
    "traffic-lesson-every": {"month": 1},
    "traffic-check-every": {"month": 1},
    "joint-meeting-every": {"semester": 1},
    "joint-rectification-every": {"semester": 1},
    "co-building-every": {"month": 1},
    "class-lesson-every": {"month": 1},
    "staff-lesson-every": {"semester": 1},
    "police-rectification-every": {"semester": 1},
    "rental-check-every": {"semester": 1},
    "police-lesson-every": {"semester": 1},
    "key-patrol-every": {"week": 1},
    "dispatch-within": {"minutes": 10},
    "security-guidance-every": {"semester": 1},
    "guard-training-every": {"semester": 1},
    "hazard-press-within": {"days": 3},
    "fire-publicity-every": {"semester": 1},
    "fire-lesson-every": {"semester": 1},
    "drug-education-every": {"semester": 1},
    "traffic-education-every": {"semester": 1},
    "traffic-rectification-every": {"semester": 1},
    "escort-guidance-every": {"semester": 1},
    "escort-check-every": {"month": 1},
    "education-plan-every": {"semester": 1},
    "guards-minimum": 4,
    "rectification-within": {"days": 7},
    "perimeter-order-every": {"week": 1},
    "policy-review-every": {"semester": 1},
    "survey-every": {"semester": 1},
    "publicity-every": {"semester": 1},
    "self-protection-every": {"semester": 1},
    "ability-test-every": {"semester": 1},
    "law-education-every": {"semester": 1},
    "parents-publicity-every": {"semester": 1},
    "behaviour-within": {"same_day": True},
    "encounter-within": {"days": 3},
    "appraisal-every": {"semester": 1},
    "class-check-every": {"month": 1},
    "outdoor-briefing-every": {"month": 1},
    "six-police-every": {"semester": 1},
    "figures-every": {"month": 1},
}


HOME_SCHOOL = "kindergarten-home-school-prevention"

HOME_SCHOOL_VALUES: dict[str, Any] = {
    "parents-part-every": {"week": 1},
    "parents-school-every": {"week": 1},
    "committee-work-every": {"week": 1},
    "class-problem-within": {"same_day": True},
    "epidemic-publicity-every": {"week": 1},
    "learning-contact-every": {"week": 1},
    "five-tasks-every": {"week": 1},
    "prevention-check-every": {"week": 1},
    "mechanism-every": {"week": 1},
}


TOWN_OPINION = "town-school-safety-opinion"

TOWN_VALUES: dict[str, Any] = {
    "education-every": {"quarter": 1},
    "defence-check-every": {"quarter": 1},
    "spending-every": {"quarter": 1},
    "perimeter-rectification-every": {"quarter": 1},
    "agenda-every": {"month": 1},
    "departments-check-every": {"month": 1},
    "tackled-within": {"days": 7},
    "rules-urged-every": {"month": 1},
    "activities-every": {"quarter": 1},
    "drill-every": {"month": 1},
    "campus-duty-every": {"day": 1},
    "campus-patrol-every": {"week": 1},
    "place-check-every": {"month": 1},
    "class-teachers-every": {"month": 1},
    "conference-every": {"quarter": 1},
    "parents-every": {"quarter": 1},
    "response-within": {"minutes": 10},
    "control-within": {"hours": 1},
    "perimeter-patrol-every": {"week": 1},
    "case-intake-within": {"minutes": 10},
    "case-dispatch-within": {"minutes": 10},
    "case-handling-within": {"days": 3},
    "traffic-lessons-every": {"quarter": 1},
    "disputes-tracked-every": {"month": 1},
    "patrol-roster-every": {"month": 1},
    "town-inspection-every": {"month": 1},
    "town-meeting-every": {"quarter": 1},
    "hazards-told-every": {"month": 1},
    "figures-every": {"month": 1},
    "venues-every": {"quarter": 1},
    "premises-every": {"month": 1},
}

POLICE_OFFICE = "campus-police-office"

POLICE_OFFICE_VALUES: dict[str, Any] = {
    "office-review-every": {"semester": 1},
    "police-office-staff": 2,
    "model-every": {"semester": 1},
}


CAMPAIGN = "jiading-2018-campaign"

CAMPAIGN_VALUES: dict[str, Any] = {
    "measures-every": {"month": 1},
    "progress-every": {"month": 1},
    "publicity-every": {"month": 1},
    "pick-up-every": {"month": 1},
    "spending-every": {"quarter": 1},
    "alarm-test-every": {"month": 1},
    "service-every": {"week": 1},
    "standing-check-every": {"month": 1},
    "clean-up-every": {"quarter": 1},
    "lesson-every": {"month": 1},
    "into-campus-every": {"quarter": 1},
    "legal-lesson-every": {"quarter": 1},
    "key-patrol-every": {"week": 1},
    "joint-patrol-every": {"month": 1},
    "online-patrol-every": {"week": 1},
    "clues-every": {"month": 1},
    "warned-every": {"month": 1},
    "tell-police-within": {"minutes": 10},
    "handle-within": {"minutes": 30},
    "joint-meeting-every": {"quarter": 1},
    "schools-to-assess": len(IN_CAMPAIGN),
}

NORMS = "national-norms"

NORMS_VALUES: dict[str, Any] = {
    "pick-up-every": {"month": 1},
    "stairs-every": {"week": 1},
    "term-start-education-by": {"semester": 1, "due": {"days_after_start": 14}},
    "before-vacation": {"before": "vacation", "opens_days": 7},
    "guarded-gate-people": 3,
    "boarding-schools": 12,
    "meals-per-day": 2,
    "disposal-every": {"week": 1},
    "guard-training-every": {"semester": 1},
    "entertainment-metres": 200,
    "sales-metres": 100,
}


TERM_START = "college-2015-term-start-report"

TERM_START_VALUES: dict[str, Any] = {
    "report-every": {"school_year": 1},
    "event-education-every": {"before": "holiday", "opens_days": 7},
    "term-start-education-by": {"semester": 1, "due": {"days_after_start": 30}},
    "themes-every": {"semester": 1},
    "safety-knowledge-every": {"semester": 1},
    "work-group-every": {"month": 1},
    "contests-every": {"semester": 1},
    "conduct-every": {"week": 1},
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


def adopt_themselves(
    *, actor: Actor, orgs: Mapping[str, Organisation], first: date, second: date, today: date, now: datetime
) -> None:
    """What single organisations adopt, from the term's first day on: two kindergartens their plan with the
    police, for its partners the county; a school with a police office and a college what such schools do.
    From `second` on: a town its opinion, the bureau a special campaign and the national norms in a few
    schools."""
    # A kindergarten binds nobody but itself: what its partners take on the county decides.
    linked = [(key, f"{orgs[key].short_name}园务会", (key,)) for key in LINKED]
    for key, decided_by, bound in (*linked, ("county", "县校园警校联动会议", LINKED_PARTNERS)):
        duties.adopt(
            actor=actor,
            org_id=orgs[key].id,
            pack_key=LINKAGE,
            go_live=first,
            decided_by=decided_by,
            local_values=LINKAGE_VALUES,
            only=[orgs[each].id for each in bound],
            now=now,
        )
    duties.adopt(
        actor=actor,
        org_id=orgs[f"town-{TOWN}"].id,
        pack_key=TOWN_OPINION,
        go_live=second,
        from_day=first,
        decided_by=f"{TOWN}党委会议",
        local_values=TOWN_VALUES,
        only=[
            orgs[key].id
            for key in (
                *(school.key for school in schools_of_the_town()),
                *chain.from_iterable(offices_of_the_town().values()),
            )
        ],
        sign_ins={"gate": first},
        now=now,
    )
    for key, pack_key, decided_by, values in (
        (WITH_POLICE_OFFICE, POLICE_OFFICE, "校长办公会", POLICE_OFFICE_VALUES),
        (COLLEGE, TERM_START, "院长办公会", TERM_START_VALUES),
    ):
        duties.adopt(
            actor=actor,
            org_id=orgs[key].id,
            pack_key=pack_key,
            go_live=first,
            decided_by=decided_by,
            local_values=values,
            now=now,
        )
    bureau = orgs["education-bureau"]
    begins, ends = campaign_days(second)
    duties.adopt(
        actor=actor,
        org_id=bureau.id,
        pack_key=CAMPAIGN,
        go_live=begins,
        until=ends,
        decided_by=DECIDED_BY,
        local_values=CAMPAIGN_VALUES,
        sign_ins={"gate": begins},
        only=[bureau.id, *(orgs[key].id for key in IN_CAMPAIGN)],
        now=now,
    )
    duties.adopt(
        actor=actor,
        org_id=bureau.id,
        pack_key=NORMS,
        go_live=second,
        from_day=first,
        decided_by=DECIDED_BY,
        local_values=NORMS_VALUES,
        sign_ins={point: first for point in ("gate", "duty-room")},
        only=[orgs[key].id for key in ON_TRIAL],
        now=now,
    )
    begins, ends = order_in_force(today)
    if begins >= first:
        duties.adopt(
            actor=actor,
            org_id=orgs[DEMO_SCHOOL].id,
            pack_key=HOME_SCHOOL,
            go_live=begins,
            until=ends,
            decided_by="教育局疫情防控命令",
            local_values=HOME_SCHOOL_VALUES,
            only=[orgs[DEMO_SCHOOL].id],
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
