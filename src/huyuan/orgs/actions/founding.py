"""The beginning of a county: its government, its education bureau, and one administrator who sees to the
rest."""

from dataclasses import dataclass
from datetime import datetime

from huyuan.kernel.days import day_of
from huyuan.kernel.errors import Refused
from huyuan.orgs.actions.accounts import Opening, Slip, issue_slips, open_accounts
from huyuan.orgs.actions.reach import rebuild_reach
from huyuan.orgs.actions.rows import insert_all
from huyuan.orgs.actor import ROOT_KIND, system_actor
from huyuan.orgs.models import Appointment, Organisation, Person, Post, Region
from huyuan.orgs.session import acting

CODES = range(110000, 660000)


@dataclass(frozen=True)
class Founding:
    """What the operator says. `code`: GB/T 2260; `phone` as typed, may be missing."""

    code: int
    name: str
    bureau: str
    admin: str
    phone: str = ""


def found_county(founding: Founding, *, now: datetime) -> Slip:
    """Region, government and bureau, and an administrator of both with an activation slip. Raises Refused
    `invalid-code`, `already-founded`, `invalid-phone`; nothing is written then."""
    county_id, day = founding.code, day_of(now)
    if county_id not in CODES or county_id % 100 == 0:
        raise Refused("invalid-code", "这不是县级的行政区划代码（6 位，最后两位不是 00）。请核对后再运行。")
    founder = system_actor("建立县", county_id)
    if founder.root_id:
        raise Refused("already-founded", "这个县已经建立。要找回管理员，请让另一位系统管理员重发激活单。")
    with acting(founder):
        region = Region(county_id=county_id, kind="county", name=founding.name)
        insert_all([(region, None)], actor=founder, now=now)
        government = Organisation(
            county_id=county_id, key="county", kind=ROOT_KIND, name=f"{founding.name}人民政府",
            short_name=founding.name[:30], region=region,
        )  # fmt: skip
        bureau = Organisation(
            county_id=county_id, key="education-bureau", kind="education-bureau", name=founding.bureau,
            short_name="教育局", region=region, parent=government,
        )  # fmt: skip
        insert_all([(government, government.id), (bureau, bureau.id)], actor=founder, now=now)
        rebuild_reach(county_id, day)
    # Only now there is a root, through which a job reaches the county.
    founder = system_actor("建立县", county_id)
    with acting(founder):
        person = Person(county_id=county_id, name=founding.admin, home=bureau)
        insert_all([(person, bureau.id)], actor=founder, now=now)
        posts = [
            Post(county_id=county_id, org=org, kind="admin", title="系统管理员")
            for org in (bureau, government)
        ]
        insert_all([(post, post.org_id) for post in posts], actor=founder, now=now)
        held = [Appointment(county_id=county_id, post=post, person=person, from_day=day) for post in posts]
        insert_all([(one, one.post.org_id) for one in held], actor=founder, now=now)
        (account,) = open_accounts(
            actor=founder, openings=[Opening(person.id, founding.phone, f"admin{county_id}")], now=now
        )
        (slip,) = issue_slips(actor=founder, account_ids=[account.id], now=now)
    return slip
