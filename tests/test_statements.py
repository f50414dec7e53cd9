"""No page that a signed-in person can open takes more than ten statements, whatever else the county holds.

The pages are the routes: a new one is held to it from its first day.
"""

from collections.abc import Callable, Collection
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.test_every_url import OPEN, addresses, county, routes, signed_in, theirs

from huyuan.duties.actions import adopt
from huyuan.kernel.ids import uuid7
from huyuan.notify.actions import send
from huyuan.orgs.actions import rebuild_reach
from huyuan.orgs.models import Account, Appointment, Place
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY, DAY, NOW, SmallCounty
from huyuan.papers.models import NoticeRecipient, Policy, Submission
from huyuan.perimeter.models import Near, Venue, VenueCheck
from huyuan.registers.models import ConfirmationLink, Entry, EntryFile, Form, Signature
from huyuan.risks.models import RiskNotice, RiskPoint, RiskReceipt, RiskVersion
from huyuan.trace import keys
from huyuan.trace.models import File

pytestmark = pytest.mark.slow

__all__ = ["county", "theirs"]

MOST = 10
# Who sees a school's things from above, who looks after it, who only works there; one who answers for a
# school that has nothing, and one who looks after a town.
PEOPLE = ("officer", "other-admin", "guard", "head", "town-officer")
# Pages that people live in: they are among those that are asked for.
KNOWN = {
    "", "agenda/", "audit/", "calendar/", "compliance/", "compliance/org/<uuid:org_id>/",
    "compliance/town/<uuid:region_id>/", "directives/", "directives/<str:key>/", "entries/<uuid:entry_id>/",
    "forms/", "forms/<str:key>/", "ledgers/", "ledgers/<str:key>/", "map/", "notices/", "packs/",
    "notices/<uuid:notice_id>/", "adoptions/", "adoptions/new/<str:key>/", "orgs/", "orgs/<uuid:org_id>/",
    "orgs/<uuid:org_id>/people/", "orgs/<uuid:org_id>/profile/", "papers/", "papers/org/<uuid:org_id>/",
    "people/<uuid:person_id>/", "perimeter/", "perimeter/schools/<uuid:org_id>/",
    "perimeter/venues/<uuid:venue_id>/", "risk-notices/", "risk-notices/<uuid:risk_id>/", "risks/",
    "risks/org/<uuid:org_id>/", "risks/points/<uuid:point_id>/",
    "risks/warnings/", "search/", "tables/",
    "village-returns/", "village-returns/excel/", "disputes/", "disputes/report/", "care/",
}  # fmt: skip
MORE = 6


@pytest.fixture
def others(county: SmallCounty, theirs: dict[str, UUID], settings: Any, tmp_path: Path) -> dict[str, UUID]:
    """Entries that hold most of what an entry can: a visit that the other school recorded for the station,
    and its check for hazards that the station and the village signed on paper, with links by which they are
    asked, and numbers of theirs to which a gateway would send them."""
    gateway = {"url": "http://127.0.0.1:9/", "form": {"to": "{phone}"}}
    path = tmp_path / "text.yaml"
    path.write_text(yaml.safe_dump({"text_messages": gateway}))
    settings.SIGN_IN_FILE = str(path)
    school, station, village = (county.orgs[key] for key in ("other", "station", "village"))
    with acting(county.system):
        paper = File.objects.get(id=EntryFile.objects.get(id=theirs["file_id"]).file_id)
        check = Entry.objects.get(id=theirs["entry_id"])
        same = {
            "county_id": COUNTY, "filler": check.filler, "filler_name": "别人", "occurred_at": NOW,
            "created_at": NOW, "submitted_at": NOW, "state": "submitted", "content_digest": "0" * 64,
        }  # fmt: skip
        visit = Entry.objects.create(
            **same, form=Form.objects.get(key="police-visit", current=True), org=station, number="代录-0001",
            client_id=uuid7(), recorded_by_org=school, sheet=paper,
            body={"date": str(DAY), "partner": [str(school.id)], "result": "校门口秩序好"},
        )  # fmt: skip
        joint = Entry.objects.create(
            **same, form=check.form, org=school, number="联合-0001", client_id=uuid7(),
            place_id=theirs["place_id"], body={"joint": True, "partner": [str(station.id), str(village.id)]},
        )  # fmt: skip
        EntryFile.objects.create(
            county_id=COUNTY, entry=visit, org=school, field="entry_sheet", file=paper, name="签字表.pdf"
        )
        for entry, org in ((visit, station), (joint, station), (joint, village)):
            ConfirmationLink.objects.create(
                county_id=COUNTY, entry=entry, org=org, keeper=school, token_digest=f"{entry.id}{org.key}",
                made_at=NOW, expires_at=NOW + timedelta(days=7), maker=check.filler, maker_name="别人",
            )  # fmt: skip
        signed = {"county_id": COUNTY, "signed_at": NOW, "by_proxy": True, "sheet": paper}
        Signature.objects.create(entry=joint, org=station, **signed)
        Signature.objects.create(entry=joint, org=village, **signed)
        Signature.objects.create(county_id=COUNTY, entry=joint, org=county.orgs["bureau"])
        for person in ("police", "villager"):
            sealed = keys.encrypt(county.people[person].id, "13800000000")
            Account.objects.filter(person=county.people[person]).update(
                phone=sealed, phone_hash=keys.fingerprint("phone", person)
            )
    return {"visit": visit.id, "joint": joint.id}


def statements(client: Client, address: str) -> int | None:
    """How many statements a page takes in a process that has read before what is kept, without the two that
    open and close its transaction. None: there is no such page for this person."""
    if client.get(address).status_code != 200:
        return None
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(address)
        if answer.streaming:
            b"".join(answer)
    return sum(query["sql"] not in ("BEGIN", "COMMIT") for query in captured)


def measured(
    clients: dict[str, Client], ids: dict[str, UUID], entries: Collection[UUID]
) -> dict[tuple[str, str], int]:
    """(route, person) → the statements of the page; of an entry's pages with each of `entries` too."""
    found: dict[tuple[str, str], int] = {}
    for route in (one for one in routes() if not one.startswith(OPEN)):
        asked = set(addresses(route, ids)).union(*(addresses(route, ids | {"entry_id": e}) for e in entries))
        for address in asked:
            for person, client in clients.items():
                count = statements(client, f"{address}?q=单位&state=submitted")
                if count is not None:
                    found[route, person] = max(count, found.get((route, person), 0))
    return found


def copies(row: Model, **made: Callable[[int], Any]) -> list[Any]:
    """`MORE` rows more like this one; what must differ is made of the row's number."""
    same = {
        one.attname: getattr(row, one.attname) for one in row._meta.concrete_fields if not one.primary_key
    }
    return type(row)._default_manager.bulk_create(
        type(row)(**same | {name: of(number) for name, of in made.items()}) for number in range(MORE)
    )


def grow(county: SmallCounty, theirs: dict[str, UUID], others: dict[str, UUID]) -> None:
    """More schools, and in the school that is looked at more of everything."""
    schools = copies(
        county.orgs["other"], key=lambda n: f"more-{n}", name=lambda n: f"新建{n}单位",
        short_name=lambda n: f"新{n}",
    )  # fmt: skip
    rebuild_reach(COUNTY, DAY)
    people = copies(county.people["guard"], name=lambda n: f"人员{n}")
    posts = copies(county.posts["guard"], title=lambda n: f"岗位{n}")
    held = Appointment.objects.get(id=theirs["appointment_id"])
    copies(held, post_id=lambda n: posts[n].id, person_id=lambda n: people[n].id)
    copies(Place.objects.get(id=theirs["place_id"]), name=lambda n: f"门{n}")
    entry = Entry.objects.get(id=theirs["entry_id"])
    new = {"client_id": lambda n: uuid7()}
    signed = Signature.objects.filter(entry_id=others["joint"], by_proxy=True)[0]
    copies(signed, org_id=lambda n: schools[n].id)
    copies(entry, **new, number=lambda n: f"又一份-{n}")
    copies(entry, **new, number=lambda n: f"别处的-{n}", org_id=lambda n: schools[n].id)
    copies(entry, **new, number=lambda n: "", state=lambda n: "draft")
    submission = Submission.objects.get(id=theirs["submission_id"])
    copies(submission, **new, period=lambda n: f"2026-0{n + 1}")
    copies(submission, **new, org_id=lambda n: schools[n].id)
    copies(Policy.objects.get(id=theirs["policy_id"]), version=lambda n: n + 2)
    copies(NoticeRecipient.objects.get(notice_id=theirs["notice_id"]), org_id=lambda n: schools[n].id)
    warned = RiskReceipt.objects.get(notice_id=theirs["risk_id"])
    copies(warned, org_id=lambda n: schools[n].id)
    risks = copies(RiskNotice.objects.get(id=theirs["risk_id"]), **new, number=lambda n: f"又一份{n}")
    copies(warned, notice_id=lambda n: risks[n].id)
    points = copies(RiskPoint.objects.get(id=theirs["point_id"]), **new)
    copies(RiskVersion.objects.get(point_id=theirs["point_id"]), point_id=lambda n: points[n].id)
    venues = copies(Venue.objects.get(id=theirs["venue_id"]), name=lambda n: f"网吧{n}", **new)
    near = Near.objects.get(venue_id=theirs["venue_id"])
    copies(near, venue_id=lambda n: venues[n].id)
    copies(near, org_id=lambda n: schools[n].id)
    copies(VenueCheck.objects.get(id=theirs["check_id"]), **new)
    for person in PEOPLE:
        post = county.posts[person]
        for number in range(MORE):
            send(
                org_id=post.org_id,
                post_kind=post.kind,
                key=f"{number}",
                text=f"消息{number}",
                url="/",
                now=NOW,
            )


@pytest.mark.django_db(transaction=True)
def test_no_page_takes_more_than_ten_statements(
    county: SmallCounty, theirs: dict[str, UUID], others: dict[str, UUID]
) -> None:
    with acting(county.system):
        adopt(
            actor=county.system, org_id=county.orgs["bureau"].id, pack_key="qi-education-school-safety",
            go_live=date(2026, 9, 1), decided_by="教育局", now=NOW,
        )  # fmt: skip
    clients = {person: signed_in(county, person) for person in PEOPLE}
    few = measured(clients, theirs, others.values())
    assert {route for route, _ in few} >= KNOWN
    assert {page: count for page, count in few.items() if count > MOST} == {}
    with acting(county.system):
        grow(county, theirs, others)
    many = measured(clients, theirs, others.values())
    assert {page: (few.get(page), count) for page, count in many.items() if few.get(page) != count} == {}
