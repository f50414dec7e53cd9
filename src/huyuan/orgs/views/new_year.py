"""开学准备: the steps of August in their order, what is done and what is open, each block sent as a whole."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from huyuan.kernel.days import day_of, zh_date
from huyuan.kernel.errors import Refused
from huyuan.kernel.fields import Field
from huyuan.orgs import actions, forms, queries
from huyuan.orgs.forms import Form
from huyuan.orgs.models import Attribute, Organisation, Person, SchoolClass, Word
from huyuan.orgs.permissions import allowed_actions, not_found, require
from huyuan.orgs.queries import HeldPost
from huyuan.orgs.request import SignedInRequest
from huyuan.orgs.views.people import in_order

# For so long after its first day a school year is still being prepared; from so long before it figures are
# those of the new one.
STILL = timedelta(days=30)
BEFORE = timedelta(days=60)
DIGITS = 4  # of the number of pupils in a class
WHAT = {"stays": "留任", "leaves": "不再担任", "other": "换人"}
DONE = {
    "posts": "任职交接已登记，到新学年第一天生效。",
    "leave": "离开的人员已登记；他们的任职到那一天结束。",
    "come": "新来的人员已登记。要登录的，请系统管理员开通账号。",
    "classes": "新班级已登记。",
    "numbers": "人数已登记，从所填的那一天起按新的人数算。",
}


@require_http_methods(["GET", "HEAD", "POST"])
def new_year(request: SignedInRequest, org_id: UUID) -> HttpResponse:
    """The page; a block that was sent is done as a whole or stands there again with what is wrong."""
    org = queries.organisation(request.actor, org_id)
    require(request.actor, "people.alter", org_id)
    coming = Coming(request, org)
    verb, error = "", ""
    if request.method == "POST":
        verb = request.POST.get("verb", "")
        if verb not in VERBS:
            raise not_found()
        try:
            VERBS[verb](coming)
            return HttpResponseRedirect(f"{reverse('orgs:new-year', args=[org_id])}?done={verb}#{verb}")
        except Refused as refused:
            if refused.http_status in (403, 404):
                raise
            error = refused.message
    return render(request, "orgs/new_year.html", coming.page(verb, error), status=422 if error else 200)


class Coming:
    """The school year that is being prepared at one organisation."""

    def __init__(self, request: SignedInRequest, org: Organisation) -> None:
        self.request, self.org = request, org
        self.today = day_of(request.now)
        calendar = queries.calendar_of(org.county_id)
        begins = self.today.year
        if calendar.school_year(begins)[0] + STILL < self.today:
            begins += 1
        self.year = f"{begins}-{begins + 1}"
        self.first_day = calendar.school_year(begins)[0]
        self.entered = any(term.year == self.year and term.semester == 1 for term in calendar.terms)

    @property
    def key(self) -> dict[str, Any]:
        """Who acts, where and when."""
        return {"actor": self.request.actor, "org_id": self.org.id, "now": self.request.now}

    def sent(self, name: str) -> str:
        return self.request.POST.get(name, "").replace("\0", "").strip()

    def page(self, verb: str, error: str) -> dict[str, Any]:
        """What the page shows; what was sent in vain stands in it again."""
        held = in_order(queries.posts_of(self.request.actor, self.org.id, self.first_day))
        people = list(queries.people(self.request.actor, self.first_day).filter(home=self.org))
        classes = list(SchoolClass.objects.filter(org=self.org).order_by("name"))
        mine = [one for one in classes if one.school_year == self.year]
        may = allowed_actions(self.request.actor, self.org.id, ("org.alter", "people.alter"))
        vacant = [forms.post_name(one.post) for one in held if one.vacant]
        numbers = self.numbers()
        return {
            "org": self.org,
            "year": self.year,
            "first_day": zh_date(self.first_day),
            "entered": self.entered,
            "may_alter": "org.alter" in may,
            "had_classes": bool(classes),
            "classes": [one.name for one in mine],
            "rows": self.rows(held, verb == "posts"),
            "what": WHAT,
            "labels": labels(people),
            "vacant": vacant,
            "people": [
                {"id": one.id, "name": name, "picked": verb == "leave" and str(one.id) in self.picked}
                for name, one in labels(people).items()
                if one.left is None
            ],
            "leavers": [f"{one.name}（{zh_date(one.left)}）" for one in self.leavers() if one.left],
            "numbers": numbers,
            "numbers_done": bool(numbers.fields) and all(self.since(one.id) for one in numbers.fields[1:]),
            "last_day": forms.day("last_day", "最后一天"),
            "before": self.first_day - timedelta(days=1),
            "verb": verb,
            "error": error,
            "typed": {name: self.sent(name) for name in self.request.POST} if error else {},
            "done": "" if error else DONE.get(self.request.GET.get("done", ""), ""),
        }

    @property
    def picked(self) -> set[str]:
        return set(self.request.POST.getlist("person"))

    def rows(self, held: Sequence[HeldPost], again: bool) -> list[dict[str, Any]]:
        """A row for each holder of a post on the first day, one for a post that nobody will hold."""
        found = []
        for one in held:
            name = forms.post_name(one.post)
            for holder in one.holders or (None,):
                key = f"{one.post.id}.{holder.id}" if holder else f"{one.post.id}."
                found.append(
                    {
                        "key": key,
                        "post": name,
                        "holder": holder.name + ("（代理）" if holder.acting else "") if holder else "",
                        "new": bool(holder and holder.from_day == self.first_day),
                        "what": self.sent(f"what-{key}") if again else "stays" if holder else "leaves",
                        "who": self.sent(f"who-{key}") if again else "",
                    }
                )
        return found

    def leavers(self) -> list[Person]:
        """Who leaves between now and the first day, or left in the months before."""
        since = self.first_day - BEFORE
        rows = Person.objects.filter(home=self.org, left__gte=since, left__lt=self.first_day + STILL)
        return list(rows.order_by("left", "name"))

    def numbers(self) -> Form:
        """The figures that organisations keep, with what holds now."""
        words = [
            word for word in Word.objects.filter(list="fact").order_by("place") if word.detail.get("number")
        ]
        fields = [
            Field(
                id=forms.fact_field(word.key), label=word.zh, type="number", min=0, hint=self.since_said(word)
            )
            for word in words
        ]
        day = forms.day("from_day", "从哪天起")
        return Form("numbers", "", "", (day, *fields), {"from_day": self.first_day})

    def since_said(self, word: Word) -> str:
        step = self.steps.get(forms.fact_field(word.key))
        return (
            f"现在登记的是{step.text}（{zh_date(step.from_day)}起）；不填就不变。" if step else "还没有登记。"
        )

    def since(self, field: str) -> bool:
        """Has the figure been entered for the new year?"""
        step = self.steps.get(field)
        return step is not None and step.from_day >= self.first_day - BEFORE

    @cached_property
    def steps(self) -> Mapping[str, Attribute]:
        """Field → the newest step of its figure."""
        rows = Attribute.objects.filter(org=self.org, number__isnull=False).order_by("key", "from_day")
        return {forms.fact_field(row.key): row for row in rows}


def labels(people: Sequence[Person]) -> dict[str, Person]:
    """Each person under a name that nobody else here has: 王芳, 王芳（2）."""
    found: dict[str, Person] = {}
    for one in people:
        number = 1
        name = one.name
        while name in found:
            number += 1
            name = f"{one.name}（{number}）"
        found[name] = one
    return found


# ---- what may be sent
# ---------------------------------------------------------------------------------------------------------
def posts(coming: Coming) -> None:
    """Who no longer holds which post, and who takes over."""
    org, actor = coming.org, coming.request.actor
    by_name = labels(list(queries.people(actor, coming.first_day).filter(home=org)))
    handovers = []
    for row in coming.rows(queries.posts_of(actor, org.id, coming.first_day), True):
        post_id, _, held_id = row["key"].partition(".")
        if row["what"] not in WHAT:
            raise Refused("stale-posts", actions.STALE)
        if row["who"] and row["what"] != "other":
            raise Refused("invalid-hand-over", f"{row['post']}：填了接任的人，请选“换人”。")
        if row["what"] == "stays" or (row["what"] == "leaves" and not held_id):
            continue
        if row["what"] == "other" and row["who"] not in by_name:
            said = f"本单位没有“{row['who']}”" if row["who"] else "请填接任的人"
            raise Refused(
                "invalid-person", f"{row['post']}：{said}。新来的请先在“新来的人”里登记，再办交接。"
            )
        person = by_name[row["who"]].id if row["what"] == "other" else None
        handovers.append(actions.HandOver(UUID(post_id), UUID(held_id) if held_id else None, person))
    if not handovers:
        raise Refused("nothing-to-do", "没有要交接的职务：都是留任。")
    actions.hand_over(handovers=handovers, first_day=coming.first_day, **coming.key)


def leave(coming: Coming) -> None:
    """Several people leave with one day."""
    given, errors = forms.read(
        Form("leave", "", "", (forms.day("last_day", "最后一天"),)), coming.request.POST
    )
    if errors:
        raise Refused("invalid-day", next(iter(errors.values())))
    here = {str(one.id): one.id for one in queries.people(coming.request.actor, coming.today)}
    if not coming.picked or coming.picked - here.keys():
        raise Refused("nothing-to-do", "请先勾选要离开的人。")
    actions.people_leave(
        person_ids=[here[key] for key in sorted(coming.picked)], last_day=given["last_day"], **coming.key
    )


def come(coming: Coming) -> None:
    """New people, a line each."""
    names = [line.strip() for line in coming.sent("names").splitlines() if line.strip()]
    if not names:
        raise Refused("nothing-to-do", "请填新来的人员，一行一个姓名。")
    actions.people_come(names=names, **coming.key)


def classes(coming: Coming) -> None:
    """New classes, a line each: the name, and the number of pupils where it is known."""
    found: dict[str, int | None] = {}
    for line in coming.sent("classes").splitlines():
        if not line.strip():
            continue
        name, _, number = line.strip().rpartition(" ")
        if not (name and number.isdecimal()):
            name, number = line.strip(), ""
        if name.strip() in found:
            raise Refused("same-class", f"{name}填了两次。请改正。")
        if len(number) > DIGITS:
            raise Refused("invalid-number", f"{name}的人数{number[:DIGITS]}……太大。请改正。")
        found[name.strip()] = int(number) if number else None
    if not found:
        raise Refused("nothing-to-do", "请填新班级，一行一个。")
    actions.add_classes(school_year=coming.year, classes=found, **coming.key)


def numbers(coming: Coming) -> None:
    """Pupils, boarders, staff from a day on; what is left empty stays as it is."""
    given, errors = forms.read(coming.numbers(), coming.request.POST)
    if errors:
        raise Refused("invalid-number", next(iter(errors.values())))
    words = {forms.fact_field(word.key): word.key for word in Word.objects.filter(list="fact")}
    said = {words[name]: int(value) for name, value in given.items() if name in words and value is not None}
    if not said:
        raise Refused("nothing-to-do", "请至少填一项人数。")
    actions.set_numbers(numbers=said, from_day=given["from_day"], **coming.key)


VERBS: Mapping[str, Callable[[Coming], None]] = {
    "posts": posts,
    "leave": leave,
    "come": come,
    "classes": classes,
    "numbers": numbers,
}
