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
from huyuan.orgs.models import Organisation
from huyuan.orgs.permissions import not_found
from huyuan.orgs.queries import calendar_of
from huyuan.orgs.request import SignedInRequest
from huyuan.orgs.vocabulary import names, school_kinds
from huyuan.packs.models import PackVersion
from huyuan.packs.queries import newest
from huyuan.portal import wizard
from huyuan.portal.queries import adoptions as queries
from huyuan.portal.queries.library import library
from huyuan.portal.saying import say_rule
from huyuan.portal.views.adoptions import answer_text, raw_of

DRAFTS = "adopting"


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
            errors |= wrong_days(body)
        return body, errors


def wrong_days(body: Mapping[str, Any]) -> dict[str, str]:
    """The last day may not come before go-live."""
    if body.get("until") and str(body["until"]) < str(body["go_live"]):
        return {"until": "最后一天：不能早于启用日，请改正。"}
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
    step = request.GET.get("step", "subjects")
    if step not in wizard.STEPS:
        raise not_found()
    draft = draft_of(request, key)
    errors: dict[str, str] = {}
    if request.method == "POST":
        if step == "confirm":
            return confirm(request, draft)
        kept = {name: values for name, values in raw_of(request).items() if name != "csrfmiddlewaretoken"}
        draft.posted[step] = kept
        request.session[DRAFTS] = {**request.session.get(DRAFTS, {}), key: draft.posted}
        _, errors = draft.body(step)
        if not errors:
            return HttpResponseRedirect(step_url(key, following(step)))
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


def say_calendar(request: SignedInRequest, draft: Draft) -> dict[str, Any]:
    """The terms and years that periods will be counted by; what is missing is flagged."""
    calendar = calendar_of(request.actor.county_id)
    today = day_of(request.now)
    ahead = [term for term in calendar.terms if term.last >= today]
    return {
        "terms": [f"{term.name}：{zh_date(term.first)}—{zh_date(term.last)}" for term in ahead],
        "unpublished": calendar.unpublished(today, ahead[-1].last if ahead else date(today.year + 1, 1, 1)),
    }


def say_confirm(request: SignedInRequest, draft: Draft) -> dict[str, Any]:
    """All answers, and what follows from them: how many organisations, which rules, first dues."""
    incomplete = [step for step in wizard.STEPS if step != "confirm" and draft.body(step)[1]]
    if "days" not in draft.posted and "days" not in incomplete:
        incomplete.append("days")
    days, _ = draft.body("days")
    body, _ = draft.body("values")
    questions = wizard.questions_of(draft.rules)
    values, _ = wizard.values_of(questions, body)
    bound = bound_by(draft)
    preview = []
    if not incomplete:
        calendar = calendar_of(request.actor.county_id)
        go_live = date.fromisoformat(str(days["go_live"]))
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
            {"key": "启用日", "value": day_text(days.get("go_live")), "change_url": step_url(key, "days")},
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
        ],
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
        go_live=date.fromisoformat(str(days["go_live"])),
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
        window_minutes=int(days.get("window_minutes", USUAL["window_minutes"])),
    )
    drafts = dict(request.session.get(DRAFTS, {}))
    drafts.pop(draft.version.key, None)
    request.session[DRAFTS] = drafts
    return HttpResponseRedirect(reverse("portal:adoption", args=[adopted.id]))
