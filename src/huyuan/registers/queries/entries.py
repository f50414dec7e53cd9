"""Entries that a person may see; one source for list, detail, count, export and page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Subquery, TextField
from django.db.models.functions import Cast, JSONObject

from huyuan.kernel.days import end_of, start_of
from huyuan.kernel.errors import Refused
from huyuan.orgs.actor import Actor
from huyuan.orgs.permissions import allowed, not_found, scope
from huyuan.registers.models import Entry, EntryFile, Form, Signature
from huyuan.registers.queries.confirming import kept_by
from huyuan.registers.queries.filters import SHOWN, Filters
from huyuan.registers.queries.forms import current_forms, partners, spec_of
from huyuan.registers.queries.proxies import (
    Proxied,
    answers_beside,
    proxied,
    recorded_for_others,
    recorded_said,
)
from huyuan.registers.rules import clock_is_off, state_zh
from huyuan.registers.schema import FormSpec

PAGE = 50
AnEntry = TypeVar("AnEntry", bound=Entry)


def view_action(spec: FormSpec) -> str:
    """Personal forms are seen by the own organisation alone."""
    return "entry.view-personal" if spec.personal else "entry.view"


def ledger(actor: Actor, spec: FormSpec, filters: Filters) -> QuerySet[Entry]:
    """Entries of a form, in all its versions, that the actor may see, newest first. List, count and export
    are made from this one.

    Drafts belong to whoever writes them and are in no ledger.
    """
    whose = "recorded_by_org__in" if filters.by_proxy else "org__in"
    entries = Entry.objects.filter(
        **{whose: scope(actor, view_action(spec))}, form__key=spec.key, state__in=SHOWN
    ).select_related("org", "form", "recorded_by_org")
    if filters.org_id:
        entries = entries.filter(org_id=filters.org_id)
    if filters.first:
        entries = entries.filter(occurred_at__gte=start_of(filters.first))
    if filters.last:
        entries = entries.filter(occurred_at__lt=end_of(filters.last))
    if filters.state:
        entries = entries.filter(state=filters.state)
    if filters.asked:
        entries = entries.filter(recorded_for_others(filters.asked))
    if filters.place_id:
        entries = entries.filter(place_id=filters.place_id)
    if filters.text:
        entries = entries.annotate(written=Cast("body", TextField())).filter(
            Q(written__icontains=filters.text) | Q(number__icontains=filters.text)
        )
    return entries.order_by("-occurred_at", "-id")


def page_of(entries: QuerySet[Entry], after: str = "") -> tuple[list[Entry], str]:
    """One page of a ledger and the key of the next ("" at the end). `after` is such a key."""
    if after:
        at, _, key = after.partition("~")
        try:
            last = (datetime.fromisoformat(at), UUID(key))
        except ValueError:
            raise Refused("unknown-page", "没有这一页，请从第一页重新查看。") from None
        entries = entries.filter(Q(occurred_at__lt=last[0]) | Q(occurred_at=last[0], id__lt=last[1]))
    rows = list(entries[: PAGE + 1])
    more = len(rows) > PAGE
    rows = rows[:PAGE]
    return rows, f"{rows[-1].occurred_at:%Y-%m-%dT%H:%M:%S.%f%z}~{rows[-1].id}" if more else ""


def ledgers(actor: Actor, org_id: UUID | None = None, by_proxy: bool = False) -> list[dict[str, Any]]:
    """Forms with entries that the actor may see (`org_id`: only of this organisation; `by_proxy`: recorded by
    one's own for others): key, title, theme, count, when the last of them happened."""
    # By key and not by `~Q(form__spec__personal=True)`: in SQL a form that does not say it would be neither.
    personal = Q(form__key__in=Form.objects.filter(spec__personal=True).values("key"))
    own = personal & Q(org__in=scope(actor, "entry.view-personal"))
    seen = ~personal & Q(org__in=scope(actor, "entry.view"))
    if by_proxy:
        own, seen = Q(pk__in=()), Q(recorded_by_org__in=scope(actor, "entry.view"))
    of = {"org_id": org_id} if org_id else {}
    counts = {
        row["form__key"]: row
        for row in Entry.objects.filter(own | seen, state__in=SHOWN, **of)
        .values("form__key")
        .annotate(count=Count("id"), last=Max("occurred_at"))
    }
    return [
        {
            "key": key,
            "title": known.form.title,
            "theme": known.form.theme,
            "count": counts[key]["count"],
            "last": counts[key]["last"],
        }
        for key, known in current_forms().items()
        if key in counts
    ]


def entry_seen(actor: Actor, entry_id: UUID) -> tuple[Entry, FormSpec]:
    """The entry if the actor may see it. A foreign one answers like one that does not exist; a draft is its
    filler's."""
    return seen(actor, read_whole().filter(id=entry_id).first())


def read_whole() -> QuerySet[Entry]:
    """Entries with the rows that each of them points at."""
    return Entry.objects.select_related(
        "form", "org", "place", "school_class", "corrects", "imported", "recorded_by_org"
    ).defer("imported__content")


def seen(actor: Actor, entry: AnEntry | None) -> tuple[AnEntry, FormSpec]:
    """The entry that was found and its form; `not-found` where the actor may not see it."""
    if entry is None:
        raise not_found()
    spec = spec_of(entry.form)
    if entry.state == "draft" and entry.filler_id != actor.person_id:
        raise not_found()
    if not any(allowed(actor, view_action(spec), org_id) for org_id in {entry.org_id, entry.keeper_id}):
        raise not_found()
    return entry, spec


class Other(NamedTuple):
    """Another entry that this one's page leads to."""

    id: UUID
    number: str
    occurred_at: datetime


@dataclass(frozen=True)
class Detail:
    """An entry with what stands around it."""

    entry: Entry
    spec: FormSpec
    files: list[EntryFile]
    signatures: list[Signature]
    proxied: list[Proxied]
    corrected_by: Other | None
    copy_of: Other | None


def entry_detail(actor: Actor, entry_id: UUID) -> Detail:
    """Everything on an entry's page, in a constant number of queries. `copy_of`: an earlier one with the
    same answers."""
    number = JSONObject(id="id", number="number", occurred_at="occurred_at")
    correction = Entry.objects.filter(corrects=OuterRef("pk")).exclude(state="draft")
    entries = read_whole().annotate(
        correction=Subquery(correction.values(json=number)[:1]),
        copied=Subquery(earlier_ones().order_by("-submitted_at").values(json=number)[:1]),
    )
    entry, spec = seen(actor, entries.filter(id=entry_id).first())
    signed = entry.signatures.select_related("org").order_by("id")
    signatures = list(signed) if partners(spec, entry.body) else []
    return Detail(
        entry,
        spec,
        list(entry.files.select_related("file").order_by("field", "id")),
        signatures,
        proxied(entry, signatures),
        _other(entry.correction),
        _other(entry.copied),
    )


def _other(read: dict[str, str] | None) -> Other | None:
    if read is None:
        return None
    return Other(UUID(read["id"]), read["number"], datetime.fromisoformat(read["occurred_at"]))


def earlier_ones() -> QuerySet[Entry]:
    """Of an entry in the query around: standing ones of the same form and organisation with the same answers,
    apart from when it happened, that were there before. A correction is no copy of what it corrects."""
    return Entry.objects.exclude(content_digest="").filter(
        ~Q(corrections=OuterRef("pk")),
        org=OuterRef("org"),
        form__key=OuterRef("form__key"),
        content_digest=OuterRef("content_digest"),
        state__in=("submitted", "confirmed"),
        submitted_at__lt=OuterRef("submitted_at"),
    )


class Marks(NamedTuple):
    """What a ledger says of an entry beside its state: that it is a copy of an earlier one, and what was
    recorded for others."""

    copied: bool
    for_others: list[str]


def marks_of(entries: Sequence[Entry]) -> dict[UUID, Marks]:
    """By entry; one query for any number of them."""
    marked = Entry.objects.filter(id__in=[entry.id for entry in entries]).annotate(
        copied=Exists(earlier_ones()), **answers_beside()
    )
    rows = marked.values_list("id", "copied", "recorded_by_org__short_name", "answer", "signed")
    return {key: Marks(copied, recorded_said(keeper, *said)) for key, copied, keeper, *said in rows}


def last_entry(actor: Actor, spec: FormSpec, org_id: UUID) -> Entry | None:
    """The newest standing entry of the form in the organisation, to be copied into a new one."""
    standing = ledger(actor, spec, Filters(org_id=org_id)).filter(state__in=("submitted", "confirmed"))
    return standing.first()


def my_drafts(actor: Actor) -> list[Entry]:
    """What the actor began and has not handed in, newest first, also what was sent back."""
    return list(
        Entry.objects.filter(
            kept_by(scope(actor, "entry.fill")),
            filler_id=actor.person_id,
            state__in=("draft", "returned"),
        )
        .select_related("form", "org")
        .order_by("-created_at")[:PAGE]
    )


def state_name(entry: Entry, copied: bool = False, for_others: Sequence[str] = ()) -> str:
    """已确认, with what has to be known of it: what was recorded `for_others`, 导入 where it came in a table,
    whether it is `copied`, 单人学校 where the filler confirmed, 时钟不准 where the device's clock was
    wrong."""
    marks = (
        ("导入", entry.imported_id is not None),
        ("内容与以前相同", copied),
        ("单人学校", entry.single_handed),
        ("时钟不准", clock_is_off(entry.device_ahead)),
    )
    said = "；".join([*for_others, *(mark for mark, holds in marks if holds)])
    return state_zh(entry.state, spec_of(entry.form)) + (f"（{said}）" if said else "")
