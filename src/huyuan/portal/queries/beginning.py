"""What a county still needs before its first directive binds; asked only while none is adopted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists

from huyuan.duties.models import Adoption
from huyuan.orgs import vocabulary
from huyuan.orgs.actor import ROOT_KIND, Actor
from huyuan.orgs.models import Account, Appointment, Bell, Organisation, TermRow
from huyuan.orgs.permissions import reached
from huyuan.portal.queries.adoptions import COUNTY_WIDE


@dataclass(frozen=True)
class Step:
    """One thing to do: what it gives, whether it is there, and whose it is. `page` names the page that does
    it."""

    title: str
    note: str
    page: str
    argument: str
    done: bool
    mine: bool
    whose: str


ADMIN, BUREAU = "系统管理员", "教育局安全股"
# What, why, the page and its argument, the action that does it, whose that is; in the order of doing.
STEPS: Mapping[str, tuple[str, str, str, str, str, str]] = {
    "orgs": ("导入学校和各单位", "先导乡镇和村，再导单位和人数", "orgs:tables", "", "org.create", ADMIN),
    "posts": ("导入人员和任职", "谁是校长、安全员、保安", "orgs:table", "posts", "org.create", ADMIN),
    "bells": ("导入作息时间", "上学、放学、值班时段", "orgs:table", "bells", "org.create", ADMIN),
    "accounts": ("开通账号，打印激活单", "当面交给本人", "orgs:accounts", "", "account.alter", ADMIN),
    "term": ("录入学期和节假日", "不在学期里的日子没有要求", "portal:calendar", "", "calendar.alter", BUREAU),
    "adopted": ("采用第一个文件", "采用以后才有待办", "portal:adopt-new", "", "duty.adopt", BUREAU),
}


def steps(actor: Actor, day: date) -> list[Step]:
    """The steps towards the first directive, for posts of the county and its bureau; none once one is
    adopted. One query."""
    if not any(holding.org_kind in COUNTY_WIDE for holding in actor.holdings):
        return []
    able = {action for *_, action, _ in STEPS.values() if reached(actor, action)}
    mine = {"county_id": actor.county_id}
    schools = vocabulary.school_kinds()
    there = {
        "orgs": Organisation.objects.filter(kind__in=schools, **mine),
        "posts": Appointment.objects.filter(post__org__kind__in=schools, **mine),
        "bells": Bell.objects.filter(**mine),
        "accounts": Account.objects.filter(person__home__kind__in=schools, **mine),
        "term": TermRow.objects.filter(last__gte=day, **mine),
        "adopted": Adoption.objects.filter(**mine),
    }
    root = Organisation.objects.filter(kind=ROOT_KIND, **mine)
    row = root.annotate(**{f"has_{key}": Exists(rows) for key, rows in there.items()}).first()
    done = {key: bool(row) and getattr(row, f"has_{key}") for key in there}
    if done["adopted"]:
        return []
    return [
        Step(title, note, page, argument, done[key], action in able, whose)
        for key, (title, note, page, argument, action, whose) in STEPS.items()
    ]
