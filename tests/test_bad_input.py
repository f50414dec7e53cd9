"""What people, scripts and broken lines send: a clear answer in Chinese, nothing half-saved, nothing runs.

Wrong files, double submits and races of one package are tested there; here is what crosses them.
"""

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse
from PIL import Image

from huyuan.duties.actions import adopt
from huyuan.kernel.days import day_of
from huyuan.kernel.fields import Field
from huyuan.orgs.actions import rebuild_reach
from huyuan.orgs.models import Account, Appointment, Organisation, Person, Place, Post, TermRow
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY, SmallCounty, build
from huyuan.packs.actions import install_all
from huyuan.registers import effects
from huyuan.registers.forms import options_of
from huyuan.registers.models import Entry, Form
from huyuan.registers.schema import FormSpec
from huyuan.registers.tests.library import CHECK, Remembering, install

EVIL = '=HYPERLINK("http://x")"><script>alert(1)</script>'
RUNS = "<script>alert"
SHOWN = "&lt;script&gt;alert"
PACK = "qi-education-school-safety"


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


def signed_in(username: str, **how: Any) -> Client:
    client = Client(raise_request_exception=False, **how)
    account = Account.objects.get(username=username)
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client


# ---- every text of every form
@pytest.fixture
def county(db: None, now: datetime) -> SmallCounty:
    """The small county with the real directives; a clerk and a chief hold every post of a school and of each
    kind of office that has a form."""
    install_all(now=now - timedelta(days=60))
    built = build()
    today = day_of(now)
    specs = [FormSpec.model_validate(form.spec) for form in Form.objects.filter(current=True)]
    with acting(built.system):
        kinds = {kind for spec in specs for kind in spec.org} - {org.kind for org in built.orgs.values()}
        new = [
            Organisation(
                county_id=COUNTY,
                key=kind,
                kind=kind,
                name=f"{kind}单位",
                short_name=kind,
                parent=built.orgs["county"],
                region=built.orgs["county"].region,
            )
            for kind in sorted(kinds)
        ]
        Organisation.objects.bulk_create(new)
        rebuild_reach(COUNTY, today)
    with acting(built.system):
        TermRow.objects.create(
            county_id=COUNTY, year="2026-2027", semester=1,
            first=today - timedelta(days=60), last=today + timedelta(days=60),
        )  # fmt: skip
        places = {org.kind: org for org in (*built.orgs.values(), *new)} | {"school": built.orgs["central"]}
        for name in ("clerk", "chief"):
            person = Person.objects.create(county_id=COUNTY, name=f"人员{name}", home=built.orgs["central"])
            Account.objects.create(county_id=COUNTY, person=person, username=name)
            wanted = {
                (kind, post)
                for spec in specs
                for kind in (spec.org or ("school",))
                for post in (spec.posts if name == "clerk" else spec.confirmed_by)
            } | {("school", "safety-officer")}
            posts = [
                Post(county_id=COUNTY, org=places[kind], kind=post, title=f"{post} {name}")
                for kind, post in sorted(wanted)
            ]
            Post.objects.bulk_create(posts)
            Appointment.objects.bulk_create(
                Appointment(county_id=COUNTY, post=post, person=person, from_day=today - timedelta(days=60))
                for post in posts
            )
        Person.objects.bulk_create(
            Person(county_id=COUNTY, name=f"{EVIL}{kind}"[:40], home=org) for kind, org in places.items()
        )
        Place.objects.create(county_id=COUNTY, org=built.orgs["central"], kind="gate", name=EVIL)
    adopt(
        actor=built.system,
        org_id=built.orgs["bureau"].id,
        pack_key=PACK,
        go_live=today - timedelta(days=30),
        decided_by=EVIL[:50],
        now=now - timedelta(days=40),
    )
    return built


def answers(
    fields: Sequence[Field], offered: dict[str, Any], day: date, way: int, prefix: str = ""
) -> Iterator[tuple[str, Any]]:
    """An answer to every question: EVIL where anything may be typed, else the first or the last choice."""
    for field in fields:
        name = prefix + field.id
        match field.type:
            case "group":
                yield from answers(field.fields, offered, day, way, f"{name}.0.")
            case "text" | "long_text":
                yield name, EVIL[: field.max_length or len(EVIL)]
            case "number" | "people_count":
                yield name, str(int(field.min or 1))
            case "yes_no":
                yield name, ("yes", "no")[way]
            case "choice":
                yield name, field.options[-way].value
            case "choices":
                yield name, [option.value for option in field.options][: int(field.max or 99)]
            case "date":
                yield name, f"{day}"
            case "datetime":
                yield name, f"{day} 0{8 + way}:00"
            case "time":
                yield name, "08:00"
            case "month":
                yield name, f"{day - timedelta(days=31 * way):%Y-%m}"
            case "photo" | "file" | "signature":
                yield name, picture(f"{EVIL}.png")
            case _:
                yield name, [option["value"] for option in offered[field.id][:1]]


def organisation_for(spec: FormSpec, county: SmallCounty) -> UUID:
    """The school where it is a school's form, else the first office that has it."""
    if not spec.org or "school" in spec.org:
        return county.orgs["central"].id
    with acting(county.system):
        return Organisation.objects.get(kind=spec.org[0], county_id=COUNTY).id


def picture(name: str) -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (4, 4), "red").save(out, "PNG")
    return SimpleUploadedFile(name, out.getvalue(), "image/png")


def addresses_without_parameters() -> list[str]:
    return [
        "/", "/forms/", "/ledgers/", "/papers/", "/papers/inbox/", "/messages/", "/orgs/", "/account/",
        f"/search/?q={EVIL}", f"/orgs/?q={EVIL}",
    ]  # fmt: skip


@pytest.mark.slow
def test_what_is_typed_into_any_form_never_runs(county: SmallCounty, now: datetime) -> None:
    clerk, chief, officer = (signed_in(name) for name in ("clerk", "chief", f"{COUNTY}-officer"))
    day = day_of(now) - timedelta(days=1)
    forms = sorted(Form.objects.filter(current=True), key=lambda form: "'type': 'event'" in str(form.spec))
    assert len(forms) > 30
    pages: dict[str, str] = {}
    refused = []
    for form in forms:
        spec = FormSpec.model_validate(form.spec)
        # Once with every question open that a yes opens; where something hangs on an answer, once with no.
        hangs = "show_if" in str(form.spec) or any(effect.get("if") for effect in form.spec["effects"])
        for way in (0, 1) if hangs else (0,):
            page = clerk.get(f"/forms/{form.key}/?org={organisation_for(spec, county)}").content.decode()
            hidden = dict(re.findall(r'name="(form_id|org_id)" value="([^"]+)"', page))
            with acting(county.system):
                offered = options_of(spec, UUID(hidden["org_id"]), {}, datetime.now(UTC))
            given = dict(answers(spec.fields, offered, day, way))
            # What must add up does so with nothing.
            given |= {name: "0" for one in spec.sums for name in (*one.parts, *one.total)}
            sent = clerk.post(f"/forms/{form.key}/", {**hidden, **given, "client_uuid": str(uuid4())})
            if spec.while_in_force:
                # No order is in force: nothing is taken, whatever is typed.
                pages[f"{form.key} refused"] = text = sent.content.decode()
                assert sent.status_code == 422 and "有效期" in text, form.key
                break
            if sent.status_code != 302:
                pages[f"{form.key} again"] = text = sent.content.decode()
                refused.append((form.key, way, re.findall(r'href="#[^"]+">([^<]+)<', text)))
                continue
            entry = str(sent["Location"]).partition("?")[0]
            if spec.confirmed_by:
                assert chief.post(f"{entry}confirm/").status_code == 302, form.key
            pages[f"{form.key} entry {way}"] = text = clerk.get(entry).content.decode()
            typed = any(value == EVIL for value in given.values())
            assert SHOWN in text or not typed, form.key
    assert refused == []
    for form in forms:
        pages[f"{form.key} ledger"] = clerk.get(f"/ledgers/{form.key}/").content.decode()
        pages[f"{form.key} form"] = clerk.get(f"/forms/{form.key}/").content.decode()
        book = clerk.get(f"/ledgers/{form.key}/excel/")
        assert book.status_code == 200, form.key
        with zipfile.ZipFile(io.BytesIO(b"".join(book))) as parts:
            sheets = [name for name in parts.namelist() if name.startswith("xl/worksheets/sheet")]
            assert sheets and not any(b"<f>" in parts.read(name) for name in sheets), form.key
    school = county.orgs["central"].id
    for client in (clerk, officer):
        for address in (*addresses_without_parameters(), f"/orgs/{school}/"):
            pages[address] = client.get(address).content.decode()
    today = pages["/"] = clerk.get("/").content.decode()
    for address in sorted(set(re.findall(r'href="(/duties/[^"]+)"', today)))[::5]:
        pages[address] = clerk.get(address).content.decode()
    assert [name for name, page in pages.items() if RUNS in page] == []
    assert len([name for name in pages if name.startswith("/duties/")]) > 5


# ---- requests that no page of ours makes
@pytest.fixture
def clerk(db: None) -> Client:
    """Somebody signed in to a county with one form, asked for the token as a browser is."""
    install(CHECK)
    build()
    return signed_in(f"{COUNTY}-safety", enforce_csrf_checks=True)


def test_a_request_too_large_is_refused_before_it_is_read(clerk: Client) -> None:
    answer = clerk.post(
        "/forms/check/",
        data=b"x",
        content_type="multipart/form-data; boundary=b",
        headers={"Content-Length": str(settings.LARGEST_REQUEST + 1)},
    )
    assert answer.status_code == 413
    assert "没有收下" in answer.content.decode() and "分几次" in answer.content.decode()


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("&".join(f"f{number}=1" for number in range(1500)).encode(), "application/x-www-form-urlencoded"),
        (b"note=" + b"x" * 3_000_000, "application/x-www-form-urlencoded"),
        (b"no parts at all", "multipart/form-data; boundary=b"),
        (b"", "multipart/form-data"),
    ],
    ids=["fields", "text", "parts", "boundary"],
)
def test_a_request_that_cannot_be_read_is_told_so(clerk: Client, body: bytes, kind: str) -> None:
    answer = clerk.post("/forms/check/", data=body, content_type=kind)
    assert answer.status_code in (400, 403)
    text = answer.content.decode()
    assert "没有保存" in text and "返回上一页" in text
    assert "Traceback" not in text and "Django" not in text


@pytest.mark.parametrize("note", ["走廊\0堆物", "走廊\u202e堆物"])
def test_invisible_characters_are_said_at_their_field(clerk: Client, note: str) -> None:
    page = clerk.get("/forms/check/").content.decode()
    hidden = dict(re.findall(r'name="(form_id|org_id|csrfmiddlewaretoken)" value="([^"]+)"', page))
    given = {**hidden, "client_uuid": str(uuid4()), "day": "2026-10-13", "scope": "whole-school"}
    answer = clerk.post("/forms/check/", {**given, "note": note})
    assert answer.status_code == 422
    assert "控制字符" in answer.content.decode()
    assert clerk.post("/forms/check/", {**given, "note": "走廊堆物"}).status_code == 302


@pytest.mark.parametrize("method", ["put", "patch", "delete", "trace", "generic"])
@pytest.mark.parametrize("address", ["/", "/forms/check/", "/ledgers/", "/orgs/", "/search/"])
def test_other_methods_do_nothing(clerk: Client, method: str, address: str) -> None:
    answer = clerk.generic("BREW", address) if method == "generic" else getattr(clerk, method)(address)
    assert answer.status_code in (403, 405)


@pytest.mark.parametrize("address", ["/", "/forms/check/", "/ledgers/", "/orgs/", "/account/", "/sign-in/"])
def test_head_answers_like_get_without_the_page(clerk: Client, address: str) -> None:
    page, head = clerk.get(address), clerk.head(address)
    assert head.status_code == page.status_code < 400
    assert head.content == b"" and head["Content-Type"] == page["Content-Type"]


@pytest.mark.parametrize(
    "address", ["/forms/%00/", "/orgs/zzz/", "/entries/1/", "/duties/a/b/c/", "/files/../x"]
)
def test_an_impossible_address_is_not_found_in_chinese(clerk: Client, address: str) -> None:
    answer = clerk.get(address)
    assert answer.status_code == 404
    assert "没有找到" in answer.content.decode()


@pytest.mark.parametrize(
    "query",
    [
        "page=abc", "page=-1", "page=999999999999999999999", "from=2026-99-99", "org=zzz", "state=nothing",
        "text=%00", "q=%ff%fe", "from=0001-01-01&until=9999-12-31", "copy=1", "event=1",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "address", ["/ledgers/check/", "/forms/check/", "/orgs/", "/search/", "/papers/inbox/"]
)
def test_an_impossible_question_is_answered(clerk: Client, address: str, query: str) -> None:
    answer = clerk.get(f"{address}?{query}")
    assert answer.status_code < 500, answer.content.decode()


def test_a_page_from_another_sign_in_saves_nothing(clerk: Client) -> None:
    answer = clerk.post("/forms/check/", {"day": "2026-10-13", "csrfmiddlewaretoken": "x" * 64})
    assert answer.status_code == 403
    assert "请返回上一页并刷新" in answer.content.decode()
    assert Entry.objects.count() == 0


# ---- the database goes away in the middle
class Unplugged(Remembering):
    """What hears of an entry last, when it is written and numbered but not committed: the line breaks."""

    def record(self, *heard: Any) -> None:
        super().record(*heard)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")


@pytest.mark.django_db(transaction=True)
def test_a_submit_during_which_the_database_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    form = install(CHECK)
    county = build()
    client = signed_in(f"{COUNTY}-safety")
    given = {
        "client_uuid": str(uuid4()), "form_id": str(form.id), "org_id": str(county.orgs["central"].id),
        "day": "2026-10-13", "scope": ["whole-school"], "note": "走廊堆物",
    }  # fmt: skip
    unplugged = Unplugged()
    monkeypatch.setattr(effects, "SINKS", [unplugged])
    answer = client.post(reverse("registers:fill", args=["check"]), given)
    assert len(unplugged.recorded) == 1
    assert answer.status_code == 503
    text = answer.content.decode()
    assert "没有保存" in text and "请过几分钟再提交" in text
    with acting(county.system):
        assert Entry.objects.count() == 0
    monkeypatch.setattr(effects, "SINKS", [])
    again = client.post(reverse("registers:fill", args=["check"]), given)
    assert again.status_code == 302
    with acting(county.system):
        assert [entry.number[-4:] for entry in Entry.objects.all()] == ["0001"], "no number was lost"
