"""What parents and the public report at a school's gate, until it is answered."""

import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from huyuan.cases import actions, queries
from huyuan.cases.models import Case, CaseFile, GateCode, Voice, VoiceFile
from huyuan.cases.rules import STATES
from huyuan.cases.tests.conftest import Town
from huyuan.cases.voices import VOICE, VOICE_STATES, VoiceFacts
from huyuan.duties.models import Event, Proof
from huyuan.kernel.errors import Refused
from huyuan.kernel.ids import uuid7
from huyuan.notify.models import Message
from huyuan.orgs.models import Attempt
from huyuan.orgs.rules import LIMITS
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import NOW
from huyuan.trace import files, keys
from huyuan.trace.models import Record

SignIn = Callable[[str], Client]
SAID = "东门口斑马线磨没了，孩子李小明差点被撞"
REPORT = {"kind": "hazard", "spot": "东门口", "content": SAID}


@pytest.fixture
def gate(town: Town) -> str:
    """The address at the gate of the central school."""
    return address_of(town, "central")


def address_of(town: Town, org: str) -> str:
    safety = town.actor("safety")
    with acting(safety):
        code = actions.make_code(actor=safety, org_id=town.org(org), now=NOW)
        return f"/gate/{actions.token_of(code)}/"


def send(gate: str, client: Client | None = None, **given: object) -> str:
    """Report something as a browser does; the address of the answer."""
    asked = REPORT | {"client_uuid": str(uuid4())} | given
    answer = (client or Client()).post(gate, asked)
    assert answer.status_code == 302, answer.content.decode()
    return answer["Location"].partition("?")[0]


def only(town: Town) -> Voice:
    with acting(town.county.system):
        return Voice.objects.select_related("case").get()


def photo() -> SimpleUploadedFile:
    """A picture whose EXIF says with what it was taken."""
    out, exif = io.BytesIO(), Image.Exif()
    exif[0x0110] = "Secret Phone 7"
    Image.new("RGB", (40, 30), "red").save(out, "JPEG", exif=exif)
    assert b"Secret Phone 7" in out.getvalue()
    return SimpleUploadedFile("IMG_李小明.jpg", out.getvalue(), "image/jpeg")


def test_from_the_gate_to_a_hazard_that_is_gone_and_an_answer(town: Town, gate: str) -> None:
    page = Client().get(gate)
    assert page.status_code == 200 and "central单位" in page.content.decode()
    answer = send(gate, photos=photo(), phone="13800001111")
    status = Client().get(f"{answer}?new=1").content.decode()
    assert "查询码" in status and "学校已收到" in status and SAID not in status
    voice = only(town)
    case = take_up(town, voice)
    assert (case.source, case.source_id, case.spot) == ("voice", voice.id, "东门口")
    assert SAID not in f"{case.description}{case.said}"
    with acting(town.county.system):
        pictured = CaseFile.objects.select_related("file").get(case=case)
        stored = files.open_file(pictured.file).read()
    assert (pictured.kind, pictured.name) == ("before", "照片") and b"Secret Phone 7" not in stored
    assert "正在整改" in Client().get(answer).content.decode()
    with pytest.raises(Refused) as refused:
        reply(town, voice)
    assert "先办到销号" in refused.value.message
    town.do("safety", "take", case)
    town.do("safety", "fix", case, part_id=town.part(case, "central"), what="重新划线")
    assert inbox(town) == []
    town.do("head", "verify", case)
    assert inbox(town) == [voice.id]
    reply(town, voice, "斑马线已经重新划好。")
    assert "斑马线已经重新划好。" in Client().get(answer).content.decode()
    assert inbox(town) == []


def take_up(town: Town, voice: Voice, **given: Any) -> Case:
    asked: dict[str, Any] = {"client_id": uuid7(), "category": "traffic", "spot": voice.spot}
    safety = town.actor("safety")
    with acting(safety):
        return actions.take_up(actor=safety, voice_id=voice.id, now=NOW, **(asked | given))


def reply(town: Town, voice: Voice, text: str = "已经处理。", who: str = "safety") -> None:
    actor = town.actor(who)
    with acting(actor):
        actions.answer(actor=actor, voice_id=voice.id, text=text, now=NOW)


def inbox(town: Town) -> list[UUID]:
    """What waits for an answer, as Today counts it."""
    safety = town.actor("safety")
    with acting(safety):
        waiting = sum(row["count"] for row in queries.voices_waiting(safety, NOW))
        ids = list(Voice.objects.filter(queries.voices.WAITS).values_list("id", flat=True))
    assert waiting == len(ids)
    return ids


def test_arrival_and_answer_prove_what_the_forms_prove(town: Town, gate: str) -> None:
    send(gate, kind="suggestion")
    voice = only(town)
    reply(town, voice)
    with acting(town.county.system):
        event = Event.objects.get(id=str(voice.event_id))
        proofs = list(Proof.objects.filter(answers=event.id, voided_at=None).values_list("act", "org__key"))
    assert (event.event, event.org_id) == ("parent.voice", town.org("central"))
    assert {"kind=suggestion", "level=parent"} <= set(event.quals) and SAID not in event.about
    assert sorted(proofs) == [("parent-voice-answer", "central"), ("parent-voice-report", "central")]


def test_a_repeat_is_the_same_report_and_leads_to_the_same_answer(town: Town, gate: str) -> None:
    client_id = str(uuid4())
    first, again = (send(gate, client_uuid=client_id) for _ in range(2))
    assert first == again
    other = Client().post(gate, REPORT | {"client_uuid": client_id, "content": "别的"})
    assert other.status_code == 422 and "已经提交过别的内容" in other.content.decode()
    assert only(town).content == SAID


def test_neither_token_nor_what_the_browser_sent_is_kept(town: Town, gate: str) -> None:
    client_id = str(uuid4())
    token = send(gate, client_uuid=client_id, phone="13800001111").rstrip("/").rpartition("/")[2]
    gate_token = gate.rstrip("/").rpartition("/")[2]
    with acting(town.county.system):
        rows = [
            *Voice.objects.values(),
            *GateCode.objects.values(),
            *Record.objects.values(),
            *Message.objects.values(),
        ]
    kept = repr(rows)
    for secret in (token, token.partition("-")[2], client_id, gate_token, "13800001111"):
        assert secret not in kept


def test_the_number_is_seen_by_who_answers_and_deleted_afterwards(town: Town, gate: str) -> None:
    send(gate, phone="138 0000 1111")
    voice, safety = only(town), town.actor("safety")
    with acting(safety):
        assert actions.phone_of(actor=safety, voice_id=voice.id, now=NOW) == "13800001111"
    for who in ("officer", "police"):
        with acting(town.actor(who)), pytest.raises(Refused):
            actions.phone_of(actor=town.actor(who), voice_id=voice.id, now=NOW)
    with acting(town.county.system):
        assert Record.objects.filter(verb="voice.phone", object_id=str(voice.id)).count() == 1
    reply(town, voice)
    for days, left in ((29, True), (30, False)):
        with acting(town.county.system):
            actions.forget_phones(now=NOW + timedelta(days=days))
        assert bool(only(town).phone) is left
    with acting(safety):
        assert actions.phone_of(actor=safety, voice_id=voice.id, now=NOW) == ""


@pytest.mark.django_db(transaction=True)
def test_with_the_number_its_key_is_destroyed(town: Town, gate: str) -> None:
    send(gate, phone="13800001111")
    voice = only(town)
    reply(town, voice)
    with acting(town.county.system):
        actions.forget_phones(now=NOW + timedelta(days=31))
    with pytest.raises(keys.KeyGone):
        keys.decrypt(voice.id, voice.phone)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"phone": "12345"}, "不是 11 位的手机号码"),
        ({"content": ""}, "什么情况"),
        ({"kind": "offer"}, "反映的是"),
        ({"photos": SimpleUploadedFile("a.jpg", b"MZ no picture")}, "不是能收的格式"),
    ],
)
def test_what_can_not_be_taken_keeps_what_was_typed(
    town: Town, gate: str, given: dict[str, object], told: str
) -> None:
    answer = Client().post(gate, REPORT | {"client_uuid": str(uuid4())} | given)
    text = answer.content.decode()
    assert answer.status_code == 422 and told in text and "东门口" in text
    with acting(town.county.system):
        assert not Voice.objects.exists() and not VoiceFile.objects.exists()


def test_a_new_code_ends_the_old_one_and_answers_stay(town: Town, gate: str) -> None:
    answer = send(gate)
    new = address_of(town, "central")
    for method in ("get", "post"):
        shut = getattr(Client(), method)(gate, REPORT)
        assert shut.status_code == 409 and "换了新的二维码" in shut.content.decode()
    assert Client().get(new).status_code == 200
    safety = town.actor("safety")
    with acting(safety):
        actions.withdraw_code(actor=safety, org_id=town.org("central"), now=NOW)
    assert Client().get(new).status_code == 409
    assert Client().get(answer).status_code == 200
    assert len(only(town).token_digest) == 64


def test_five_hundred_from_one_address_are_held_off(town: Town, gate: str, signed_in: SignIn) -> None:
    client = Client()
    answers = [client.post(gate, REPORT | {"client_uuid": str(uuid4())}) for _ in range(500)]
    saved = [answer for answer in answers if answer.status_code == 302]
    held = [answer for answer in answers if answer.status_code == 429]
    most = LIMITS["voice-address"].failures
    assert len(saved) == most and len(held) == 500 - most
    assert "没有收下" in held[-1].content.decode() and "110" in held[-1].content.decode()
    with acting(town.county.system):
        assert Voice.objects.count() == most
        assert Message.objects.filter(key__startswith="voice:").count() <= 3
    assert all(Client().get(answer["Location"]).status_code == 200 for answer in saved)
    # Whoever comes from elsewhere is heard, and who works at the school works on.
    elsewhere = Client(REMOTE_ADDR="203.0.113.7")
    send(gate, elsewhere)
    staff = signed_in("safety")
    assert staff.get("/cases/voices/").status_code == 200 and staff.get("/").status_code == 200


def test_many_addresses_through_one_code_are_held_off_too(town: Town, gate: str) -> None:
    most = LIMITS["voice-gate"].failures
    answers = [
        Client(REMOTE_ADDR=f"203.0.113.{number}").post(gate, REPORT | {"client_uuid": str(uuid4())})
        for number in range(most + 5)
    ]
    assert [answer.status_code for answer in answers] == [302] * most + [429] * 5
    with acting(town.county.system):
        assert Voice.objects.count() == most


def test_addresses_are_counted_by_a_keyed_hash(town: Town, gate: str) -> None:
    send(gate, Client(REMOTE_ADDR="203.0.113.9"))
    assert Attempt.objects.count() == 2
    assert all(re.fullmatch(r"[0-9a-f]{64}", one.bucket) for one in Attempt.objects.all())


def test_made_up_tokens_find_nothing_and_are_counted(town: Town, gate: str) -> None:
    client = Client(REMOTE_ADDR="203.0.113.11")
    statuses = [client.get(f"/gate/answer/150421-{'A' * 12}/").status_code for _ in range(25)]
    most = LIMITS["link"].failures
    assert statuses == [404] * most + [403] * (25 - most)


def test_the_open_pages_reach_nothing_else(town: Town, gate: str) -> None:
    client = Client()
    answer = send(gate, client)
    voice = only(town)
    for address in ("/cases/voices/", f"/cases/voices/{voice.id}/", "/cases/voices/code/", "/cases/"):
        assert client.get(address)["Location"].startswith("/sign-in/")
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(gate, REPORT).status_code == 403
    for address in (gate, answer):
        page = client.get(address)
        assert "unsafe-inline" not in page["Content-Security-Policy"]
        assert "no-store" in page["Cache-Control"]
    assert client.get(answer.replace("/answer/", "/")).status_code == 404


def test_the_school_answers_the_bureau_counts_others_see_nothing(
    town: Town, gate: str, signed_in: SignIn
) -> None:
    send(gate)
    voice = only(town)
    page = f"/cases/voices/{voice.id}/"
    assert SAID in signed_in("safety").get(page).content.decode()
    bureau = signed_in("officer")
    assert bureau.get(page).status_code == 404
    counts = bureau.get("/cases/voices/").content.decode()
    assert "各单位收到多少" in counts and "central" in counts and SAID not in counts
    for who in ("police", "guard", "town-officer"):
        client = signed_in(who)
        assert client.get(page).status_code == 404 and client.get("/cases/voices/").status_code == 404


def test_on_the_page_it_is_taken_up_answered_or_set_aside(town: Town, gate: str, signed_in: SignIn) -> None:
    answers = [send(gate, spot=f"第{number}处") for number in range(3)]
    client = signed_in("safety")
    assert "3 件待答复" in client.get("/").content.decode()
    with acting(town.county.system):
        first, second, third = Voice.objects.order_by("spot")
    told = {"client_uuid": str(uuid4()), "verb": "take-up", "category": "traffic", "spot": "东门口"}
    taken = client.post(f"/cases/voices/{first.id}/", told)
    assert taken.status_code == 302 and taken["Location"].startswith("/cases/")
    assert "家长和群众反映" in client.get(taken["Location"]).content.decode()
    for one, verb, said in ((second, "answer", "text"), (third, "set-aside", "reason")):
        empty = client.post(f"/cases/voices/{one.id}/", {"client_uuid": str(uuid4()), "verb": verb})
        assert empty.status_code == 422
        told = {"client_uuid": str(uuid4()), "verb": verb, said: "请找居委会。"}
        assert client.post(f"/cases/voices/{one.id}/", told).status_code == 302
    with acting(town.county.system):
        states = list(Voice.objects.order_by("spot").values_list("state", flat=True))
    assert states == ["taken", "answered", "aside"]
    assert ["请找居委会。" in Client().get(one).content.decode() for one in answers] == [False, True, True]
    assert "待答复" not in client.get("/").content.decode()


def test_the_sheet_for_the_gate_is_made_renewed_and_withdrawn(town: Town, signed_in: SignIn) -> None:
    client = signed_in("safety")
    assert "还没有启用" in client.get("/cases/voices/code/").content.decode()
    seen = []
    for _ in range(2):
        client.post("/cases/voices/code/", {})
        page = client.get("/cases/voices/code/").content.decode()
        assert all(number in page for number in ("110", "119", "120", "data:image/svg"))
        found = re.search(r"/gate/150421-[0-9a-f]{32}/", page)
        assert found
        seen.append(found[0])
    assert seen[0] != seen[1]
    client.post("/cases/voices/code/", {"withdraw": "1"})
    assert [Client().get(one).status_code for one in seen] == [409, 409]
    assert signed_in("police").get("/cases/voices/code/").status_code == 404


STEPS = [(state, verb, case) for state in VOICE_STATES for verb in VOICE.verbs for case in STATES]


@pytest.mark.parametrize(("state", "verb", "case_state"), STEPS)
def test_every_step_from_every_state(state: str, verb: str, case_state: str) -> None:
    facts = VoiceFacts(case_state=case_state)
    ready = case_state in ("closed", "void")
    expected = {
        ("received", "take-up"): "taken",
        ("received", "answer"): "answered",
        ("received", "set-aside"): "aside",
        **({("taken", "answer"): "answered"} if ready else {}),
    }
    if (state, verb) in expected:
        assert VOICE.apply(state, verb, "answerer", facts) == expected[state, verb]
    else:
        with pytest.raises(Refused) as refused:
            VOICE.apply(state, verb, "answerer", facts)
        assert refused.value.message
    with pytest.raises(Refused):
        VOICE.apply(state, verb, "anybody", facts)
