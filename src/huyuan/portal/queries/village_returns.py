"""The villages' returns of a month: those of a town one by one, those of the county as sums by town."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from huyuan.duties.queries.board import Shown, cells_of_act
from huyuan.kernel.days import day_of
from huyuan.notify.models import Message
from huyuan.orgs.actor import Actor, Holding
from huyuan.orgs.models import Account, Appointment, Organisation
from huyuan.orgs.permissions import holding_for, not_found, reached, scope
from huyuan.portal.village_returns import OPEN, Counts, Month, Totals, Village, totals
from huyuan.registers.models import Entry
from huyuan.registers.permissions import VILLAGE_KIND
from huyuan.registers.queries import current_form, current_forms, spec_of
from huyuan.registers.rules import sole
from huyuan.registers.schema import Act, FormSpec

RETURN, COLLECTION, BULLETIN = "village-dispute-return", "dispute-collection", "bulletin"
"""The forms: what a village hands in, what the town makes of it, and how it tells of it."""


class Page(NamedTuple):
    """The returns of a month as a town sees them. `office`: the post with which the actor collects them
    (None: only looks on); `due_at`: None where no rule asks for them."""

    town: str
    villages: list[Village]
    totals: Totals
    due_at: datetime | None
    office: Holding | None


def return_spec() -> FormSpec:
    """The newest version of the return. Raises Refused `unknown-form`."""
    return spec_of(current_form(RETURN))


def offered(actor: Actor) -> bool:
    """Has the actor anything to do with returns? No statement."""
    return RETURN in current_forms() and bool(reached(actor, "returns.see") or counts_towns(actor))


def counts_towns(actor: Actor) -> bool:
    """Does the actor read the sums of towns? No statement."""
    return bool(reached(actor, "returns.count"))


def named(month: Month, spec: FormSpec) -> str:
    """How an entry says that it is the return of the month (`Entry.sole`)."""
    return sole(spec, {str(spec.for_month): month.key})


def standing(spec: FormSpec, months: Collection[Month], action: str, actor: Actor) -> QuerySet[Entry]:
    """The standing returns of the months, of the villages in the actor's scope."""
    wanted = [named(month, spec) for month in months]
    return Entry.objects.filter(
        org__in=scope(actor, action), sole__in=wanted, state__in=("submitted", "confirmed")
    )


def villages_of(actor: Actor, action: str, month: Month) -> QuerySet[Organisation]:
    """The villages that exist at the end of the month: one that was merged away before owes nothing."""
    return (
        Organisation.objects.filter(id__in=scope(actor, action), kind=VILLAGE_KIND)
        .filter(Q(opened=None) | Q(opened__lte=month.last), Q(closed=None) | Q(closed__gt=month.last))
        .select_related("region__parent")
        .order_by("region__parent__name", "name")
    )


def page(actor: Actor, month: Month, now: datetime) -> Page:
    """Every village in the actor's scope, in seven statements. Raises Refused `not-found` for whoever has
    none."""
    spec = return_spec()
    orgs = list(villages_of(actor, "returns.see", month))
    if not orgs:
        raise not_found()
    ids = [org.id for org in orgs]
    mine, earlier = returned(actor, spec, ids, month)
    cells = cells_of(actor, spec, ids, month, now)
    missing = [key for key in ids if key not in mine]
    people, accounts = fillers(spec, missing, now)
    chased = last_chased(missing, month)
    villages = []
    for org in orgs:
        entry, last, shown = mine.get(org.id), earlier.get(org.id), cells.get(org.id)
        keeper = entry.recorded_by_org if entry else None
        villages.append(
            Village(
                org.id,
                org.short_name,
                town_of(org),
                counts=numbers(spec, entry) if entry else None,
                was_open=last.body.get(OPEN) if last else None,
                entry_id=entry.id if entry else None,
                handed_in=date.fromisoformat(entry.body[str(spec.happened)]) if entry else None,
                by=f"{keeper.short_name}代录" if keeper else entry.filler_name if entry else "",
                verdict=shown.now_known if shown else None,
                names=people[org.id],
                reachable=org.id in accounts,
                chased=chased.get(org.id),
            )
        )
    # What somebody has to see to stands first.
    villages.sort(key=lambda one: one.counts is not None)
    return Page(
        "、".join(dict.fromkeys(one.town for one in villages)),
        villages,
        totals(villages, [numbers(spec, entry) for entry in earlier.values()]),
        next((shown.cell.due_at for shown in cells.values()), None),
        holding_for(actor, "returns.collect", ids[0]),
    )


def town_of(org: Organisation) -> str:
    """The town in which a village lies, also where its region is the town's itself."""
    region = org.region
    return region.parent.name if region.kind == "village" and region.parent else region.name


def returned(
    actor: Actor, spec: FormSpec, ids: Collection[UUID], month: Month
) -> tuple[dict[UUID, Entry], dict[UUID, Entry]]:
    """The standing returns of the month and of the one before, by village; one statement."""
    entries = standing(spec, (month, month.before), "returns.see", actor).filter(org_id__in=ids)
    found: dict[str, dict[UUID, Entry]] = defaultdict(dict)
    for entry in entries.select_related("recorded_by_org"):
        found[entry.sole][entry.org_id] = entry
    return found[named(month, spec)], found[named(month.before, spec)]


def numbers(spec: FormSpec, entry: Entry) -> Counts:
    """Every number that the return gives."""
    return {one.id: entry.body.get(one.id, 0) for one in spec.fields if one.type == "number"}


def cells_of(
    actor: Actor, spec: FormSpec, ids: Collection[UUID], month: Month, now: datetime
) -> Mapping[UUID, Shown]:
    """How each village stands with the rule that asks it for the return."""
    act = next(effect.act for effect in spec.effects if isinstance(effect, Act))
    shown = cells_of_act(actor, act, org_ids=ids, first=month.first, last=month.last, now=now)
    return {one.cell.org_id: one for one in shown if one.cell.period == month.key}


def fillers(
    spec: FormSpec, ids: Collection[UUID], now: datetime
) -> tuple[Mapping[UUID, list[str]], set[UUID]]:
    """Of villages: the people who fill the return in, and which village has one who can sign in."""
    day = day_of(now)
    held = Appointment.objects.filter(
        Q(until=None) | Q(until__gte=day), from_day__lte=day, post__org_id__in=ids, post__kind__in=spec.posts
    )
    account = Account.objects.filter(person_id=OuterRef("person_id"), is_active=True)
    rows = held.annotate(account=Exists(account)).order_by("-post__kind", "person__name")
    names: dict[UUID, list[str]] = defaultdict(list)
    reachable: set[UUID] = set()
    for org_id, name, title, has_account in rows.values_list(
        "post__org_id", "person__name", "post__title", "account"
    ):
        names[org_id].append(f"{name}（{title}）")
        reachable |= {org_id} if has_account else set()
    return names, reachable


def chase_key(month: Month) -> str:
    """How messages that chase the returns of a month begin; the day follows."""
    return f"village-return:{month.key}:"


def last_chased(ids: Collection[UUID], month: Month) -> dict[UUID, date]:
    """When each village was last asked for what is missing."""
    asked = Message.objects.filter(org_id__in=ids, key__startswith=chase_key(month))
    rows = asked.values("org_id").annotate(last=Max("at")).values_list("org_id", "last")
    return {org_id: day_of(last) for org_id, last in rows}


def by_town(actor: Actor, month: Month) -> dict[str, Totals]:
    """The sums of each town, for whoever reads no village's own; two statements."""
    spec = return_spec()
    villages: dict[str, list[Village]] = defaultdict(list)
    earlier: dict[str, list[Counts]] = defaultdict(list)
    found: dict[UUID, dict[str, Entry]] = defaultdict(dict)
    for one in standing(spec, (month, month.before), "returns.count", actor):
        found[one.org_id][one.sole] = one
    for org in villages_of(actor, "returns.count", month):
        town, entries = town_of(org), found[org.id]
        entry, last = (entries.get(named(each, spec)) for each in (month, month.before))
        counts = numbers(spec, entry) if entry else None
        villages[town].append(Village(org.id, org.short_name, town, counts=counts))
        earlier[town] += [numbers(spec, last)] if last else []
    return {town: totals(some, earlier[town]) for town, some in villages.items()}
