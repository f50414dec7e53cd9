"""Every address against every kind of post: another school's things answer as if they did not exist, nothing
changes, strangers are sent to the sign-in page, and nothing is posted without the page's own token.

A new route with a new kind of id fails here until it is said, below, whose that id is.
"""

import re
from collections.abc import Iterator
from datetime import date, time, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from huyuan.cases.actions import found
from huyuan.cases.models import Care, CaseFile, GateCode, Voice, VoiceFile
from huyuan.cases.rules import STEPS
from huyuan.duties.actions import adopt
from huyuan.duties.models import Rule
from huyuan.kernel.ids import uuid7
from huyuan.orgs.models import Account, Appointment, Bell, Place, Upload
from huyuan.orgs.session import acting
from huyuan.orgs.tables import TABLES
from huyuan.orgs.tests.county import COUNTY, NOW, SmallCounty, build
from huyuan.packs.actions import install_all
from huyuan.papers.models import (
    Notice,
    NoticeAnswer,
    NoticeFile,
    NoticeRecipient,
    Policy,
    Submission,
)
from huyuan.perimeter.models import CheckFile, Near, Venue, VenueCheck
from huyuan.registers.models import Entry, EntryFile, Form, Import, SavedFilter
from huyuan.risks.models import (
    RiskMeasure,
    RiskNotice,
    RiskPoint,
    RiskReceipt,
    RiskReview,
    RiskVersion,
)
from huyuan.trace import files

pytestmark = pytest.mark.slow

PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
# Under these, people are not signed in; sign-out leads them to the same page.
OPEN = ("sign-in/", "sign-out/", "confirm/", "gate/", "part/")
PACK = "jinzhai-2018-six-mechanisms"
VERBS = (
    *("confirm", "return", "void", "sign", "discard", "acknowledge", "withdraw", "nothing-of-ours"),
    *("close", "reopen", "reset", "phone", "import"),
    *("chase", "measures", "adopt", "review", "remove"),
    *STEPS,
)
# People who have nothing to do with the school whose things are asked for.
STRANGERS = ("head", "safety", "teacher", "police", "town-officer", "villager")
# What a post may answer to somebody who may not: no such thing, not this post, not this way of asking.
SHUT = (403, 404, 405)


def routes() -> list[str]:
    """Every address as it is written in the tables of routes."""
    return sorted(set(_routes(get_resolver().url_patterns)))


def _routes(patterns: Any, before: str = "") -> Iterator[str]:
    for pattern in patterns:
        address = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern.url_patterns, address)
        else:
            assert isinstance(pattern, URLPattern)
            yield address


@pytest.fixture
def county(db: None) -> SmallCounty:
    install_all(now=NOW)
    return build()


@pytest.fixture
def theirs(county: SmallCounty) -> dict[str, UUID]:
    """One thing of each kind that belongs to the other school: parameter of a route → its id."""
    school, filler = county.orgs["other"], county.people["guard"]
    with acting(county.system):
        form = Form.objects.get(key="hazard-check", current=True)
        stored = files.store(b"%PDF-1.4 a paper of the other school", county_id=COUNTY, now=NOW)
        entry = Entry.objects.create(
            county_id=COUNTY, form=form, org=school, state="submitted", number="别人的登记-0001",
            client_id=uuid7(), body={"participants": "别人的人"}, filler=filler,
            occurred_at=NOW, created_at=NOW, submitted_at=NOW,
        )  # fmt: skip
        attached = EntryFile.objects.create(
            county_id=COUNTY, entry=entry, org=school, field="photos", file=stored, name="别人的照片.pdf"
        )
        table = Import.objects.create(
            county_id=COUNTY, form=form, org=school, name="别人的台账.xlsx", content=b"x", rows=1,
            findings=[], preview={"span": "", "rows": []}, stopped=False, uploaded_at=NOW, uploader=filler,
            uploader_name="别人", imported_at=NOW,
        )  # fmt: skip
        adoption = adopt(
            actor=county.system, org_id=school.id, pack_key=PACK, go_live=date(2026, 9, 1), only=[school.id],
            decided_by="别人的园务会", now=NOW,
        )  # fmt: skip
        policy = Policy.objects.create(
            county_id=COUNTY, org=school, kind="gate", title="别人的制度", from_day=date(2026, 9, 1),
            file=stored, recorded_at=NOW,
        )  # fmt: skip
        submission = Submission.objects.create(
            county_id=COUNTY, org=school, to=county.orgs["bureau"], kind="three-lists", period="2026-10",
            file=stored, client_id=uuid7(), name="别人的清单.xlsx", entries=1, sent_by=filler,
            received_at=NOW,
        )  # fmt: skip
        bureau = county.orgs["bureau"]
        notice = Notice.objects.create(
            county_id=COUNTY, org=bureau, client_id=uuid7(), state="issued", number="〔2026〕1号",
            title="别人的通知", body={"asks": "file", "text": "只给别人的学校"}, due_at=NOW, issued_at=NOW,
            asked=[{"id": "files", "label": "文件", "type": "file"}], file=stored, file_name="别人的附件.pdf",
            written_by=county.people["officer"], written_by_name="人员officer", written_at=NOW,
        )  # fmt: skip
        NoticeRecipient.objects.create(county_id=COUNTY, notice=notice, issuer=bureau, org=school)
        answer = NoticeAnswer.objects.create(
            county_id=COUNTY, notice=notice, issuer=bureau, org=school, client_id=uuid7(),
            body={"files": [str(stored.id)]}, answered_at=NOW, answered_by=filler, answered_by_name="别人",
        )  # fmt: skip
        upload = Upload.objects.create(
            county_id=COUNTY, table="people", name="别人的表.xlsx", content=b"", sha256="", uploader=filler,
            uploaded_at=NOW, counts={"new": 1, "changed": 0, "same": 0, "findings": 0}, stopped=False,
        )  # fmt: skip
        answered = NoticeFile.objects.create(
            county_id=COUNTY, answer=answer, file=stored, name="别人的答复.pdf"
        )
        place = Place.objects.create(county_id=COUNTY, org=school, kind="gate", name="别人的门")
        bell = Bell.objects.create(
            county_id=COUNTY, org=school, kind="arrival", from_day=NOW.date(), starts=time(7), ends=time(8)
        )
        venue = Venue.objects.create(
            county_id=COUNTY, kind="internet-cafe", name="别人的网吧", lat=42.9, lng=119.1, datum="WGS84",
            agency=county.orgs["county"], region=school.region, recorded_on=NOW.date(),
        )  # fmt: skip
        Near.objects.create(
            county_id=COUNTY, venue=venue, org=school, metres=90, by_wall=False, from_day=NOW.date()
        )
        check = VenueCheck.objects.create(
            county_id=COUNTY, venue=venue, org=county.orgs["county"], client_id=uuid7(), action="check",
            at=NOW, good=False, what="别人的问题", recorded_at=NOW, recorded_by=filler,
            recorded_by_name="别人",
        )  # fmt: skip
        picture = CheckFile.objects.create(
            county_id=COUNTY, venue_check=check, kind="photo", file=stored, name="别人的场所.pdf"
        )
        appointment = Appointment.objects.get(person=filler)
        # A notice that came on paper, of a bureau that none of the strangers has to do with.
        risk = RiskNotice.objects.create(
            county_id=COUNTY, org=county.orgs["county"], recorded_by_org=bureau, sheet=stored,
            client_id=uuid7(), number="代录〔2026〕1号", kind="traffic", place="别人的路口", starts_at=NOW,
            ends_at=NOW + timedelta(days=1), measure="别人的值守", issued_at=NOW, sign_by=NOW,
            expires_at=NOW + timedelta(days=900), written_by=county.people["officer"],
            written_by_name="人员officer",
        )  # fmt: skip
        receipt = RiskReceipt.objects.create(
            county_id=COUNTY, notice=risk, issuer=county.orgs["county"], keeper=bureau, org=school
        )
        RiskMeasure.objects.create(
            county_id=COUNTY, receipt=receipt, client_id=uuid7(), text="别人的措施", at=NOW, by=filler,
            by_name="别人",
        )  # fmt: skip
        point = RiskPoint.objects.create(
            county_id=COUNTY, org=school, client_id=uuid7(), review_on=NOW.date()
        )
        RiskVersion.objects.create(
            county_id=COUNTY, point=point, number=1, what="别人的风险", spot="别人的围墙", category="traffic",
            level="minor", controls="别人的管控", watch_post="guard", written_at=NOW, written_by=filler,
            written_by_name="别人",
        )  # fmt: skip
        RiskReview.objects.create(
            county_id=COUNTY, point=point, client_id=uuid7(), at=NOW, by=filler, by_name="别人",
            found="别人的复查", next_on=NOW.date(),
        )  # fmt: skip
    with acting(county.system):
        cared = Care.objects.create(
            county_id=COUNTY, org=school, number="关爱〔2026〕1号", kind="other", client_id=uuid7(),
            child="别人的孩子", situation="别人的情况", opened_at=NOW, review_on=NOW.date(),
        )  # fmt: skip
    guard = county.actors["guard"]
    with acting(guard):
        hazard = found(
            actor=guard, org_id=school.id, client_id=uuid7(), category="fire", spot="别人的楼梯",
            photos={stored.id: "别人的隐患.pdf"}, now=NOW,
        )  # fmt: skip
        pictured = CaseFile.objects.get(case=hazard)
        code = GateCode.objects.create(
            county_id=COUNTY, org=school, token_digest="c" * 64, made_at=NOW, maker_name="别人"
        )
        voice = Voice.objects.create(
            county_id=COUNTY, org=school, code=code, client_digest="a" * 64, token_digest="b" * 64,
            kind="problem", spot="别人的门口", content="别人的意见", event_id=uuid7(), received_at=NOW,
            due_at=NOW + timedelta(days=900),
        )  # fmt: skip
        heard = VoiceFile.objects.create(county_id=COUNTY, voice=voice, file=stored)
        kept = SavedFilter.objects.create(
            county_id=COUNTY, person=filler, form_key="hazard-check", place=1, name="别人的筛选",
            query={"state": "void"},
        )  # fmt: skip
    return {
        "org_id": school.id,
        "notice_id": notice.id,
        "answer_id": answer.id,
        "noticefile_id": answered.id,
        "entry_id": entry.id,
        "file_id": attached.id,
        "filter_id": kept.id,
        "case_id": hazard.id,
        "care_id": cared.id,
        "casefile_id": pictured.id,
        "voice_id": voice.id,
        "voicefile_id": heard.id,
        "import_id": table.id,
        "policy_id": policy.id,
        "submission_id": submission.id,
        "region_id": school.region_id,
        "risk_id": risk.id,
        "point_id": point.id,
        "adoption_id": adoption.id,
        "account_id": filler.account.id,
        "upload_id": upload.id,
        "venue_id": venue.id,
        "check_id": check.id,
        "checkfile_id": picture.id,
        "place_id": place.id,
        "bell_id": bell.id,
        "person_id": filler.id,
        "appointment_id": appointment.id,
    }


def public() -> dict[str, tuple[str, ...]]:
    """What belongs to no school: the library's keys, words in addresses."""
    rule = Rule.objects.get(key="weekly-hazard-check", pack_version__pack__key=PACK)
    return {
        "key": ("hazard-check", PACK),
        "pack": (PACK,),
        "rule": (rule.key,),
        "rule_id": (str(rule.id),),
        "kind": ("three-lists",),
        "verb": VERBS,
        "day": ("2026-10-12",),
        "period": ("2026-W42",),
        "provider": ("wecom",),
        "paper": ("notice", "closure", "nothing-of-ours"),
        "token": (f"{COUNTY}-AAAAAAAAAAAAAAAAAAAAAA", "made-up"),
        "table": tuple(TABLES),
        "form": (
            "person",
            "post",
            "appoint",
            "rename",
            "leave",
            "move",
            "standing",
            "fact",
            "place",
            "bell",
            "class",
        ),
    }


def addresses(route: str, ids: dict[str, Any]) -> list[str]:
    """The route with its parameters filled in, in every way there is."""
    found = [f"/{route}"]
    for name in PARAMETER.findall(route):
        values = [str(ids[name])] if name in ids else public()[name]
        found = [PARAMETER.sub(str(value), address, count=1) for address in found for value in values]
    return found


def owned(route: str, theirs: dict[str, UUID]) -> bool:
    """Does the route name something that belongs to a school?"""
    return not theirs.keys().isdisjoint(PARAMETER.findall(route))


def signed_in(county: SmallCounty, person: str, **how: Any) -> Client:
    client = Client(raise_request_exception=False, **how)
    with acting(county.system):
        account = Account.objects.get(person=county.people[person])
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client


def rows(county: SmallCounty) -> dict[str, Any]:
    """A digest of every business table, as the whole county sees it; that somebody tried is counted."""
    tables = [
        table
        for table in connection.introspection.table_names()
        if table.startswith(
            ("orgs_", "registers_", "papers_", "duties_", "cases_", "perimeter_", "notify_", "risks_")
        )
        and not table.startswith(("duties_tall", "duties_change", "orgs_attempt"))
    ]
    found = {}
    with acting(county.system), connection.cursor() as cursor:
        for table in tables:
            cursor.execute(
                f"SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} AS t"
            )
            found[table] = cursor.fetchone()
    return found


def asked_both_ways(client: Client, address: str) -> list[tuple[str, Any]]:
    return [
        ("GET", client.get(address)),
        ("POST", client.post(address, {"reason": "试一试", "until": "2026-12-31"})),
    ]


def test_another_schools_things_do_not_exist(county: SmallCounty, theirs: dict[str, UUID]) -> None:
    clients = {person: signed_in(county, person) for person in STRANGERS}
    before = rows(county)
    answered = []
    for person, client in clients.items():
        for address in (
            one for route in routes() if owned(route, theirs) for one in addresses(route, theirs)
        ):
            for method, answer in asked_both_ways(client, address):
                if answer.status_code not in SHUT:
                    answered.append(f"{person}: {method} {address}: {answer.status_code}")
    assert answered == []
    assert rows(county) == before


def test_no_page_names_another_schools_things(county: SmallCounty, theirs: dict[str, UUID]) -> None:
    told = []
    for person in STRANGERS:
        client = signed_in(county, person)
        for address in (
            one for route in routes() if not owned(route, theirs) for one in addresses(route, {})
        ):
            answer = client.get(f"{address}?q=别人的&text=别人的&org={theirs['org_id']}")
            assert answer.status_code < 500, f"{person}: {address}"
            body = b"".join(answer) if answer.streaming else answer.content
            # The page says again what was asked for; only what it says beyond that is told.
            said = body.decode(errors="replace").replace("“别人的”", "").replace('value="别人的"', "")
            told += [f"{person}: {address}: {word}" for word in ("别人的", "other单位") if word in said]
    assert told == []


def test_a_foreign_thing_answers_like_none(county: SmallCounty, theirs: dict[str, UUID]) -> None:
    client = signed_in(county, "safety")
    nothing = {name: uuid4() for name in theirs}
    reference = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
    for route in routes():
        if owned(route, theirs):
            for foreign, missing in zip(addresses(route, theirs), addresses(route, nothing), strict=True):
                answers = [client.get(address) for address in (foreign, missing)]
                assert answers[0].status_code == answers[1].status_code, foreign
                texts = [reference.sub("", answer.content.decode()) for answer in answers]
                assert texts[0] == texts[1], foreign


def test_whoever_reaches_the_school_meets_no_fault(county: SmallCounty, theirs: dict[str, UUID]) -> None:
    faults = []
    for person in ("guard", "officer", "governor", "other-admin"):
        client = signed_in(county, person)
        for address in (one for route in routes() for one in addresses(route, theirs)):
            answer = client.get(address)
            if answer.status_code >= 500:
                faults.append(f"{person}: {address}: {answer.status_code}")
    assert faults == []


def test_strangers_are_sent_to_the_sign_in_page(county: SmallCounty, theirs: dict[str, UUID]) -> None:
    for route in routes():
        if not route.startswith(OPEN):
            for address in addresses(route, theirs):
                for method, answer in asked_both_ways(Client(), address):
                    assert answer.status_code == 302, f"{method} {address}"
                    assert answer["Location"].startswith("/sign-in/?next="), address


def test_nothing_is_posted_without_the_pages_token(county: SmallCounty, theirs: dict[str, UUID]) -> None:
    client = signed_in(county, "guard", enforce_csrf_checks=True)
    before = rows(county)
    for route in routes():
        for address in addresses(route, theirs):
            answer = client.post(address, {"reason": "试一试"})
            assert answer.status_code == 403, address
    assert rows(county) == before
