"""Signing on with one tap: what is recorded, what it counts for, and that a second tap does no harm."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from huyuan.duties.models import Presence, Rule, SignInDate
from huyuan.duties.queries.adopted import bindings_of
from huyuan.duties.queries.board import computed
from huyuan.duties.rules.verdicts import Cell
from huyuan.duties.tests.adopted import World, build, shanghai
from huyuan.kernel.errors import Refused
from huyuan.orgs.actor import actor_for
from huyuan.orgs.models import Account, Appointment, Post
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY, DAY
from huyuan.packs.models import Pack, PackVersion
from huyuan.portal import actions
from huyuan.portal.panels import counted
from huyuan.portal.queries import sign_on as queries
from huyuan.portal.tests.adopted import client_of, text_of
from huyuan.registers.actions import submit
from huyuan.registers.models import Entry
from huyuan.registers.queries import state_name
from huyuan.registers.rules import Handed, handed_in
from huyuan.registers.schema import FormSpec
from huyuan.registers.tests.library import install

# Other names than the form of the packs has: they follow from the effect.
FORM: dict[str, Any] = {
    "key": "sign-in",
    "title": "值守签到",
    "theme": "arrival-dismissal",
    "org": ["school"],
    "posts": ["guard", "safety-officer"],
    "happened": "on",
    "fields": [
        {"id": "on", "label": "日期", "type": "date", "required": True},
        {"id": "spot", "label": "岗位", "type": "choice", "required": True, "options": ["gate", "patrol"]},
        {
            "id": "crew",
            "label": "在岗人员",
            "type": "group",
            "required": True,
            "fields": [
                {"id": "who", "label": "姓名", "type": "person", "required": True},
                {"id": "as", "label": "身份", "type": "choices", "options": ["guard", "staff"]},
                {"id": "came", "label": "到岗", "type": "time", "required": True},
                {"id": "went", "label": "离岗", "type": "time", "required": True},
            ],
        },
    ],
    "effects": [
        {"effect": "presence", "repeat": "crew", "point": "$spot", "qualified": "$as", "person": "$who",
         "from": "$came", "until": "$went"}
    ],
}  # fmt: skip
QUALIFIED = {"staff": ["safety-officer"], "guard": ["guard"]}
PERIOD = "2026-10-14-night-1"


@pytest.fixture
def world(db: None) -> Iterator[World]:
    """A school whose guard must stand at the gate at night, 22:00 to 06:00; nothing may be recorded later."""
    world = build()
    install(FORM)
    PackVersion.objects.create(
        pack=Pack.objects.create(key="words"),
        version="1",
        digest="0" * 64,
        title="词表",
        short="词表",
        nature="vocabulary",
        manifest={},
        content={
            "qualified": [
                {"key": key, "value": {"key": key, "zh": key, "posts": posts}}
                for key, posts in QUALIFIED.items()
            ]
        },
        installed_at=shanghai("2026-08-31T00:00"),
    )
    with acting(world.county.system):
        SignInDate.objects.create(
            county_id=COUNTY, adoption=world.adoption, point="gate", from_day=date(2026, 9, 1)
        )
    yield world


def tap(
    world: World, at: str, client_id: UUID | None = None, kept: Handed | None = None, **named: Any
) -> Entry:
    """The guard taps the button of the night at the gate; `kept`: so said the device that sent it later."""
    window = {"org_id": world.county.orgs["other"].id, "point": "gate", "period": PERIOD, **named}
    guard = world.county.actors["guard"]
    with acting(guard):
        return actions.sign_on(
            actor=guard,
            **window,
            client_id=client_id or uuid4(),
            handed=kept or Handed(shanghai(at)),
            now=shanghai(at),
        )


def leave(world: World, entry: Entry, at: str, kept: Handed | None = None) -> Entry:
    guard, now = world.county.actors["guard"], shanghai(at)
    with acting(guard):
        return actions.leave(
            actor=guard, entry_id=entry.id, client_id=uuid4(), handed=kept or Handed(now), now=now
        )


def said(pressed: str, sent: str, received: str) -> Handed:
    """What the server makes of the device's two times."""
    return handed_in(shanghai(pressed), shanghai(sent), shanghai(received))


def spans(world: World) -> list[tuple[datetime, datetime]]:
    """The presences that stand."""
    with acting(world.county.system):
        rows = Presence.objects.filter(voided_at=None).order_by("starts_at")
        return list(rows.values_list("starts_at", "ends_at"))


def cell(world: World, at: str) -> Cell:
    """The night at the gate, as it stands."""
    day = date(2026, 10, 14)
    with acting(world.county.system):
        gate = [one for one in bindings_of(COUNTY, day, day) if one.rule.key == "gate"]
        org = world.county.orgs["other"].id
        cells = computed(COUNTY, [org], gate, day, day, shanghai(at))
        return next(one for one in cells if one.period == PERIOD)


def verdict(world: World, at: str) -> str:
    return cell(world, at).verdict


def refusal(world: World, at: str, **named: Any) -> str:
    with pytest.raises(Refused) as refused:
        tap(world, at, **named)
    return refused.value.code


def test_one_tap_covers_the_window_and_counts_at_once(world: World) -> None:
    assert verdict(world, "2026-10-14T22:20") == "overdue"
    entry = tap(world, "2026-10-14T21:30")
    assert (entry.state, entry.filler_name) == ("submitted", "人员guard")
    me = str(world.county.people["guard"].id)
    assert entry.body == {
        "on": "2026-10-14",
        "spot": "gate",
        "crew": [{"who": me, "as": ["guard"], "came": "21:30", "went": "06:00"}],
    }
    assert spans(world) == [(shanghai("2026-10-14T21:30"), shanghai("2026-10-15T06:00"))]
    assert verdict(world, "2026-10-14T22:20") == "owed"
    assert verdict(world, "2026-10-15T06:00") == "met"


def test_who_stands_in_at_another_school_signs_on_there(world: World) -> None:
    county = world.county
    with acting(county.system):
        post = Post.objects.create(county_id=COUNTY, org=county.orgs["central"], kind="guard", title="保安")
        Appointment.objects.create(
            county_id=COUNTY,
            post=post,
            person=county.people["guard"],
            from_day=date(2026, 10, 1),
            acting=True,
        )
        county.actors["guard"] = actor_for(Account.objects.get(person=county.people["guard"]), DAY)
    entry = tap(world, "2026-10-14T22:00", org_id=county.orgs["central"].id)
    assert (entry.state, entry.org_id) == ("submitted", county.orgs["central"].id)


def test_whoever_comes_after_midnight_signs_on_for_the_night_before(world: World) -> None:
    entry = tap(world, "2026-10-15T00:10")
    assert entry.body["on"] == "2026-10-15"
    assert spans(world) == [(shanghai("2026-10-15T00:10"), shanghai("2026-10-15T06:00"))]
    guard, form = world.county.actors["guard"], FormSpec.model_validate(FORM)
    with acting(guard):
        told = counted(guard, form, entry.org_id, entry, shanghai("2026-10-15T00:10"))
    assert [PERIOD in each.note_url for each in told] == [True]


def test_a_second_tap_gives_the_same_entry(world: World) -> None:
    client_id = uuid4()
    first = tap(world, "2026-10-14T21:30", client_id)
    assert tap(world, "2026-10-14T21:31", client_id).id == first.id
    assert len(spans(world)) == 1
    with acting(world.county.system):
        assert Entry.objects.count() == 1


def test_a_tap_without_network_counts_from_when_it_was_tapped(world: World) -> None:
    late = "2026-10-14T22:40"
    entry = tap(world, late, kept=said("2026-10-14T21:55", late, late))
    assert spans(world) == [(shanghai("2026-10-14T21:55"), shanghai("2026-10-15T06:00"))]
    assert (entry.occurred_at, entry.submitted_at) == (shanghai("2026-10-14T21:55"), shanghai(late))
    assert (entry.device_at, entry.device_ahead) == (shanghai("2026-10-14T21:55"), timedelta(0))
    # Until it was received nobody was seen there; when the night was over, it was known in time.
    assert verdict(world, "2026-10-14T22:20") == "overdue"
    assert verdict(world, "2026-10-15T06:00") == "met"


def test_a_tap_that_arrives_after_its_window_is_a_correction_beside_the_verdict(world: World) -> None:
    late = "2026-10-15T07:30"
    tap(world, late, kept=said("2026-10-14T21:55", late, late))
    night = cell(world, "2026-10-15T08:00")
    assert night.verdict == "missed"
    assert night.correction is not None and night.correction.becomes == "met"


def test_a_wrong_clock_moves_nothing_and_is_seen(world: World) -> None:
    # The device runs 40 minutes behind: by its clock it was tapped at 21:20 and sent at 21:50.
    received = "2026-10-14T22:30"
    entry = tap(world, received, kept=said("2026-10-14T21:20", "2026-10-14T21:50", received))
    assert spans(world)[0][0] == shanghai("2026-10-14T22:00")
    assert entry.device_at == shanghai("2026-10-14T21:20")
    assert state_name(entry) == "已提交（时钟不准）"


def test_a_tap_kept_since_before_its_window_was_open_is_refused(world: World) -> None:
    late = "2026-10-14T22:40"
    assert refusal(world, late, kept=said("2026-10-14T19:40", late, late)) == "window-over"


def test_leaving_without_network_ends_when_it_was_tapped(world: World) -> None:
    first = tap(world, "2026-10-14T21:30")
    late = "2026-10-15T01:10"
    leave(world, first, late, kept=said("2026-10-14T23:20", late, late))
    assert spans(world) == [(shanghai("2026-10-14T21:30"), shanghai("2026-10-14T23:20"))]


def test_one_tap_counts_as_all_that_the_person_is_and_the_window_asks_for(world: World) -> None:
    county = world.county
    with acting(county.system):
        post = Post.objects.create(
            county_id=COUNTY, org=county.orgs["other"], kind="safety-officer", title="安全员"
        )
        Appointment.objects.create(
            county_id=COUNTY, post=post, person=county.people["guard"], from_day=date(2026, 10, 1)
        )
        county.actors["guard"] = actor_for(Account.objects.get(person=county.people["guard"]), DAY)
        rule = Rule.objects.get(key="gate")
        rule.spec["at_least"]["qualified"] = ["guard", "staff"]
        rule.save()
    entry = tap(world, "2026-10-14T21:30")
    assert entry.body["crew"][0]["as"] == ["staff", "guard"]
    guard = county.actors["guard"]
    with acting(guard):
        (there,) = queries.present(guard, [county.orgs["other"].id], shanghai("2026-10-14T22:30"))
        assert Presence.objects.filter(voided_at=None).count() == 2
    assert there.qualified == ("guard", "staff")
    assert verdict(world, "2026-10-15T06:00") == "met"


def test_who_is_there_already_is_told_so(world: World) -> None:
    tap(world, "2026-10-14T21:30")
    assert refusal(world, "2026-10-14T21:40") == "already-there"


def test_leaving_early_ends_the_presence_and_keeps_the_history(world: World) -> None:
    first = tap(world, "2026-10-14T21:30")
    second = leave(world, first, "2026-10-14T23:10")
    assert second.corrects_id == first.id
    assert spans(world) == [(shanghai("2026-10-14T21:30"), shanghai("2026-10-14T23:10"))]
    with acting(world.county.system):
        first.refresh_from_db()
    assert first.state == "void" and first.void_reason.startswith("提前离岗")
    assert verdict(world, "2026-10-15T06:00") == "missed"


def test_leaving_after_midnight_stays_with_the_day_of_coming(world: World) -> None:
    leave(world, tap(world, "2026-10-14T21:30"), "2026-10-15T01:00")
    assert spans(world) == [(shanghai("2026-10-14T21:30"), shanghai("2026-10-15T01:00"))]


def test_leaving_in_the_minute_of_coming_is_one_minute_and_not_a_day(world: World) -> None:
    leave(world, tap(world, "2026-10-14T21:30"), "2026-10-14T21:30:40")
    assert spans(world) == [(shanghai("2026-10-14T21:30"), shanghai("2026-10-14T21:31"))]


@pytest.mark.parametrize(
    ("at", "named"),
    [
        ("2026-10-15T06:00", {}),
        ("2026-10-14T19:59", {}),
        ("2026-10-14T22:00", {"point": "patrol"}),
        ("2026-10-14T22:00", {"org_id": uuid4()}),
    ],
)
def test_what_is_not_on_offer_is_refused(world: World, at: str, named: dict[str, Any]) -> None:
    assert refusal(world, at, **named) == "window-over"


def test_only_whose_post_counts_is_offered_a_window(world: World) -> None:
    now = shanghai("2026-10-14T22:30")
    periods = {}
    for who in ("guard", "safety", "officer", "police"):
        actor = world.county.actors[who]
        with acting(actor):
            windows = queries.windows_now(actor, now)
            periods[who] = [one.period for one in queries.offers_of(actor, windows, now)]
    assert periods == {"guard": [PERIOD, "2026-10-15-night-1"], "safety": [], "officer": [], "police": []}


def test_who_signed_in_elsewhere_later_is_there_no_more(world: World) -> None:
    guard = world.county.actors["guard"]
    tap(world, "2026-10-14T21:30")
    row = {
        "crew.0.who": str(guard.person_id),
        "crew.0.as": "guard",
        "crew.0.came": "22:10",
        "crew.0.went": "23:00",
    }
    with acting(guard):
        form = queries.sign_in_form().form
        answers = {name: [value] for name, value in {"on": "2026-10-14", "spot": "patrol", **row}.items()}
        org = world.county.orgs["other"].id
        now = shanghai("2026-10-14T22:11")
        submit(actor=guard, form_id=form.id, org_id=org, client_id=uuid4(), answers=answers, now=now)
        (there,) = queries.present(guard, [org], shanghai("2026-10-14T22:30"))
    assert (there.point, there.name, there.own) == ("patrol", "人员guard", True)


def test_the_page_without_anything_open_says_so_kindly(world: World) -> None:
    page = client_of(world, "officer").get("/sign-on/")
    assert page.status_code == 200
    assert "现在没有要您到岗的时段" in text_of(page)


def test_a_window_that_nobody_named_is_answered_on_the_page(world: World) -> None:
    client = client_of(world, "guard")
    given = {
        "org": str(world.county.orgs["other"].id),
        "point": "gate",
        "period": "x",
        "client_uuid": str(uuid4()),
    }
    answer = client.post("/sign-on/", given)
    assert answer.status_code == 400 and "这个时段现在不能签到" in text_of(answer)
    assert client.post("/sign-on/", {**given, "org": "x"}).status_code == 404
    assert (
        client.post("/sign-on/leave/", {"entry": str(uuid4()), "client_uuid": str(uuid4())}).status_code
        == 404
    )
