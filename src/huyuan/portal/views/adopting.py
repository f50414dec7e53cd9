"""Adopting a directive, one thing a page. What was answered is kept with the session until confirmed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_safe

from huyuan.duties import actions
from huyuan.duties.actions.adopting import ADOPTABLE
from huyuan.duties.schema import RuleSpec
from huyuan.kernel.calendar import Calendar
from huyuan.kernel.days import day_of, zh_date
from huyuan.kernel.errors import Refused
from huyuan.kernel.fields import Field, parse
from huyuan.kernel.holidays_cn import known_years
from huyuan.orgs.models import Organisation
from huyuan.orgs.permissions import not_found, scope
from huyuan.orgs.queries import calendar_of
from huyuan.orgs.request import SignedInRequest
from huyuan.orgs.vocabulary import names, school_kinds
from huyuan.packs.models import PackVersion
from huyuan.packs.queries import newest
from huyuan.portal import wizard
from huyuan.portal.queries import adoptions as queries
from huyuan.portal.queries.library import library
from huyuan.portal.saying import say_rule
from huyuan.portal.views.adoptions import answer_text, errors_of, raw_of
from huyuan.portal.views.calendar import VERBS

DRAFTS = "adopting"
# What of the calendar may be entered in the wizard.
HERE = ("set-term", "seed-year")


@dataclass
class Draft:
    """A directive being adopted: what has been answered, step by step, as it was posted."""

    version: PackVersion
    rules: list[RuleSpec]
    adopter: Organisation
    subjects: list[tuple[UUID, str, str]]
    posted: dict[str, dict[str, list[str]]]
    posts: Mapping[str, str]

    def fields(self, step: str) -> list[Field]:
        """What a step asks."""
        match step:
            case "calendar":
                return [wizard.GO_LIVE]
            case "subjects":
                return wizard.fields_of_subjects([(org_id, name) for org_id, name, _ in self.subjects])
            case "actors":
                return wizard.fields_of_actors(wizard.actors_of(self.rules), self.posts)
            case "values":
                return wizard.fields_of_values(wizard.questions_of(self.rules))
            case "points":
                return wizard.fields_of_points(wizard.points_of(self.rules), library().words)
            case "days":
                effective = self.version.manifest.get("effective", {})
                return wizard.fields_of_days(effective.get("until_event", ""))
        return []

    def body(self, step: str) -> tuple[dict[str, Any], dict[str, str]]:
        """A step's answers, and what is wrong with them."""
        body, errors = parse(self.fields(step), self.posted.get(step, {}))
        if step == "values":
            errors |= wizard.values_of(wizard.questions_of(self.rules), body)[1]
        if step == "days" and not errors:
            errors |= self._wrong_days(body)
        return body, errors

    def go_live(self) -> date | None:
        """None as long as it has not been said."""
        body, errors = self.body("calendar")
        return None if errors else date.fromisoformat(str(body["go_live"]))

    def _wrong_days(self, body: Mapping[str, Any]) -> dict[str, str]:
        """The last day may not come before go-live."""
        go_live = self.go_live()
        if body.get("until") and go_live and str(body["until"]) < go_live.isoformat():
            return {"until": f"最后一天：不能早于启用日（{zh_date(go_live)}），请改正。"}
        return {}


@require_safe
def choose(request: SignedInRequest) -> HttpResponse:
    """Which directive."""
    may(request)
    rows = [
        {
            "title": one.title,
            "url": reverse("portal:adopt", args=[one.key]),
            "issuer": one.issuer,
            "version": one.version,
        }
        for one in queries.adoptable(request.actor)
    ]
    return render(request, "portal/adoptions/choose.html", {"rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
def adopt(request: SignedInRequest, key: str) -> HttpResponse:
    """One step of the wizard; every step can be gone back to."""
    step = request.GET.get("step", next(iter(wizard.STEPS)))
    if step not in wizard.STEPS:
        raise not_found()
    draft = draft_of(request, key)
    errors: dict[str, str] = {}
    if request.method == "POST":
        if step == "confirm":
            return confirm(request, draft)
        if step == "calendar" and "verb" in request.POST:
            return alter_calendar(request, draft)
        before = draft.go_live()
        kept = {name: values for name, values in raw_of(request).items() if name != "csrfmiddlewaretoken"}
        draft.posted[step] = kept
        request.session[DRAFTS] = {**request.session.get(DRAFTS, {}), key: draft.posted}
        _, errors = draft.body(step)
        if not errors:
            # What is not known of the year is shown before it is gone past.
            show = step == "calendar" and draft.go_live() != before and gaps(request, draft)
            return HttpResponseRedirect(step_url(key, step if show else following(step)))
    return page_of(request, draft, step, errors)


def page_of(
    request: SignedInRequest, draft: Draft, step: str, errors: Mapping[str, str], **more: Any
) -> HttpResponse:
    """A step's page; errors belong to its fields, or to the form in `more`."""
    key = draft.version.key
    body = {
        field.id: value for field in draft.fields(step) if (value := shown(field, draft, step)) is not None
    }
    steps = list(wizard.STEPS)
    context = {
        "version": draft.version,
        "adopter": draft.adopter,
        "step": step,
        "title": wizard.STEPS[step],
        "number": steps.index(step) + 1,
        "count": len(steps),
        "back": step_url(key, steps[steps.index(step) - 1])
        if step != steps[0]
        else reverse("portal:adopt-new"),
        "fields": draft.fields(step),
        "values": body,
        "errors": errors,
        **SAYS.get(step, nothing)(request, draft),
        **more,
    }
    template = "portal/adoptions/confirm.html" if step == "confirm" else "portal/adoptions/step.html"
    return render(request, template, context, status=422 if errors else 200)


PAGES = [
    path("adoptions/new/", choose, name="adopt-new"),
    path("adoptions/new/<str:key>/", adopt, name="adopt"),
]


def may(request: SignedInRequest) -> list[Organisation]:
    """The organisations for which the actor may adopt; refuses whoever may for none."""
    found = queries.adopters(request.actor)
    if not found:
        raise Refused("forbidden", "您现在的职务不能采用文件。如确需办理，请联系本县教育局。")
    return found


def draft_of(request: SignedInRequest, key: str) -> Draft:
    """The draft of this directive, empty when it is begun; `not-found` for what can't be adopted."""
    adopter = may(request)[0]
    version = newest().get(key)
    if version is None or version.nature not in ADOPTABLE:
        raise not_found()
    if version not in queries.adoptable(request.actor):
        raise Refused("already-adopted", f"本县已经采用“{version.title}”，不必再采用。请到“文件启用”查看。")
    rules = queries.rules_of(version.id)
    kinds = sorted({kind for rule in rules for kind in rule.who.org})
    rows = queries.subjects(request.actor, adopter, version.nature, kinds).values_list("id", "name", "kind")
    posted = request.session.get(DRAFTS, {}).get(key, {})
    return Draft(version, rules, adopter, list(rows), posted, names("post"))


def step_url(key: str, step: str) -> str:
    return f"{reverse('portal:adopt', args=[key])}?step={step}"


def following(step: str) -> str:
    steps = list(wizard.STEPS)
    return steps[steps.index(step) + 1]


def shown(field: Field, draft: Draft, step: str) -> Any:
    """What a field shows: what was answered before, else what is usual."""
    given = draft.posted.get(step, {}).get(field.id)
    if given is not None:
        return given if field.type == "choices" else given[0]
    if step not in draft.posted and field.id in USUAL:
        return USUAL[field.id]
    if step == "actors" and step not in draft.posted:
        return list(wizard.actors_of(draft.rules).values())[int(field.id.removeprefix("a_"))] or None
    return None


USUAL: Mapping[str, Any] = {"which": "all", "grace_long": 7, "grace_daily": 1, "window_minutes": 0}


# ---- what a step says beside its fields ----


def nothing(request: SignedInRequest, draft: Draft) -> dict[str, Any]:
    return {}


def alter_calendar(request: SignedInRequest, draft: Draft) -> HttpResponse:
    """A term entered, or a year's holidays brought in, on the wizard's own page: the calendar's actions, and
    whoever may use them."""
    verb = request.POST["verb"]
    if verb not in HERE:
        raise not_found()
    try:
        VERBS[verb](request)
    except Refused as refused:
        if refused.http_status in (403, 404):
            raise
        posted = {name: request.POST.get(name) for name in request.POST}
        return page_of(request, draft, "calendar", errors_of(refused), posted=posted)
    return HttpResponseRedirect(step_url(draft.version.key, "calendar"))


def gaps(request: SignedInRequest, draft: Draft) -> list[str]:
    """What is not known of the year from go-live on, and what that means; nothing is guessed."""
    said = say_calendar(request, draft)
    terms = [one["name"] for one in said["terms"] if not one["span"]]
    years = [str(one["year"]) for one in said["years"] if not one["published"]]
    return [
        *(f"{name}还没有录入：这段时间里，按学期算的要求不会到期。" for name in terms),
        *(f"{year}年的放假安排还没有录入：这一年的日期都标明“节假日安排待公布”。" for year in years),
    ]


def say_calendar(request: SignedInRequest, draft: Draft) -> dict[str, Any]:
    """The terms and years that periods will be counted by, from go-live on; what is missing is flagged, and
    may be entered here by whoever keeps the calendar."""
    calendar = calendar_of(request.actor.county_id)
    day = draft.go_live() or day_of(request.now)
    terms = wizard.semesters_from(calendar, day)
    last = max((term.last for term in terms if term.last), default=day)
    able = known_years()
    asked = request.POST if request.method == "POST" else request.GET
    return {
        "terms": [
            {
                "name": one.name,
                "span": f"{zh_date(one.first)}—{zh_date(one.last)}" if one.first and one.last else "",
                "open": (asked.get("year"), asked.get("semester")) == (one.year, str(one.semester)),
                "year": one.year,
                "semester": one.semester,
                "given": {"first": one.first, "last": one.last},
            }
            for one in terms
        ],
        "years": [
            {"year": year, "published": year in calendar.published, "known": year in able}
            for year in range(day.year, last.year + 1)
        ],
        "term_fields": wizard.fields_of_term(),
        "may_alter": scope(request.actor, "calendar.alter").exists(),
        "day": zh_date(day),
        "posted": {},
    }


def say_confirm(request: SignedInRequest, draft: Draft) -> dict[str, Any]:
    """All answers, and what follows from them: how many organisations, which rules, first dues."""
    incomplete = [step for step in wizard.STEPS if step != "confirm" and draft.body(step)[1]]
    if "days" not in draft.posted and "days" not in incomplete:
        incomplete.append("days")
    days, _ = draft.body("days")
    points, _ = draft.body("points")
    go_live = draft.go_live()
    body, _ = draft.body("values")
    questions = wizard.questions_of(draft.rules)
    values, _ = wizard.values_of(questions, body)
    bound = bound_by(draft)
    preview = []
    if go_live and not incomplete:
        calendar = calendar_of(request.actor.county_id)
        schools = frozenset(row["key"] for row in school_kinds())
        preview = [preview_row(rule, bound, go_live, calendar, values, schools) for rule in draft.rules]
    key = draft.version.key
    open_questions = [one.ask for one in questions if one.name not in values]
    return {
        "incomplete": [{"title": wizard.STEPS[step], "url": step_url(key, step)} for step in incomplete],
        "rows": [
            {"key": "文件", "value": f"{draft.version.title}（版本 {draft.version.version}）"},
            {"key": "采用单位", "value": draft.adopter.name},
            {"key": "适用单位", "value": f"{len(bound)} 个", "change_url": step_url(key, "subjects")},
            {
                "key": "启用日",
                "value": zh_date(go_live) if go_live else "",
                "change_url": step_url(key, "calendar"),
            },
            {
                "key": "最后一天",
                "value": day_text(days.get("until")) or "长期",
                "change_url": step_url(key, "days"),
            },
            *(
                {
                    "key": one.ask,
                    "value": answer_text(one, values[one.name]),
                    "change_url": step_url(key, "values"),
                }
                for one in questions
                if one.name in values
            ),
            *(
                {"key": one.label, "value": point_text(one, points), "change_url": step_url(key, "points")}
                for one in draft.fields("points")
            ),
        ],
        "gaps": gaps(request, draft) if go_live else [],
        "open_questions": open_questions,
        "rules": preview,
        "planned": queries.planned_of(draft.version.id),
    }


SAYS: Mapping[str, Callable[[SignedInRequest, Draft], dict[str, Any]]] = {
    "calendar": say_calendar,
    "confirm": say_confirm,
}


def day_text(value: object) -> str:
    return zh_date(date.fromisoformat(str(value))) if value else ""


def point_text(field: Field, body: Mapping[str, Any]) -> str:
    """What was answered about signing in."""
    if field.type == "date":
        return day_text(body.get(field.id)) or "按值班表"
    return f"{int(body.get(field.id, USUAL[field.id]))}分钟"


def bound_by(draft: Draft) -> list[tuple[UUID, str, str]]:
    """The organisations that the answers choose."""
    body, _ = draft.body("subjects")
    if body.get("which") != wizard.SOME:
        return draft.subjects
    chosen = set(body.get("only", ()))
    return [one for one in draft.subjects if str(one[0]) in chosen]


def preview_row(
    rule: RuleSpec,
    bound: list[tuple[UUID, str, str]],
    go_live: date,
    calendar: Calendar,
    values: Mapping[str, Any],
    schools: frozenset[str],
) -> dict[str, Any]:
    """A rule with how many it binds and when it first asks something."""
    mine = [kind for _, _, kind in bound if kind in rule.who.org]
    kind = mine[0] if mine else rule.who.org[0]
    return {
        "title": rule.title,
        "sentence": say_rule(rule, library().words),
        "organisations": len(mine),
        "first": wizard.first_due(rule, kind, go_live, calendar, values, schools) if mine else "",
    }


def confirm(request: SignedInRequest, draft: Draft) -> HttpResponse:
    """Adopt; what is missing leads back to its step."""
    bodies: dict[str, dict[str, Any]] = {}
    for step in wizard.STEPS:
        if step != "confirm":
            bodies[step], errors = draft.body(step)
            if errors:
                return HttpResponseRedirect(step_url(draft.version.key, step))
    days = bodies["days"]
    values, _ = wizard.values_of(wizard.questions_of(draft.rules), bodies["values"])
    narrowed = bodies["subjects"].get("which") == wizard.SOME or draft.adopter.kind not in queries.COUNTY_WIDE
    adopted = actions.adopt(
        actor=request.actor,
        org_id=draft.adopter.id,
        pack_key=draft.version.key,
        go_live=date.fromisoformat(str(bodies["calendar"]["go_live"])),
        until=date.fromisoformat(str(days["until"])) if days.get("until") else None,
        decided_by=str(bodies["values"].get("decided_by", draft.adopter.name)),
        actors={
            actor: str(bodies["actors"][f"a_{number}"])
            for number, actor in enumerate(wizard.actors_of(draft.rules))
            if f"a_{number}" in bodies["actors"]
        },
        local_values=values,
        sign_ins={
            point: date.fromisoformat(str(bodies["points"][f"p_{number}"]))
            for number, point in enumerate(wizard.points_of(draft.rules))
            if f"p_{number}" in bodies["points"]
        },
        only=[org_id for org_id, _, _ in bound_by(draft)] if narrowed else (),
        now=request.now,
        grace_long=int(days.get("grace_long", USUAL["grace_long"])),
        grace_daily=int(days.get("grace_daily", USUAL["grace_daily"])),
        window_minutes=int(bodies["points"].get("window_minutes", USUAL["window_minutes"])),
    )
    drafts = dict(request.session.get(DRAFTS, {}))
    drafts.pop(draft.version.key, None)
    request.session[DRAFTS] = drafts
    return HttpResponseRedirect(reverse("portal:adoption", args=[adopted.id]))
