"""Entries that a person may see; one source for list, detail, count, export and page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast

from huyuan.kernel.days import end_of, start_of
from huyuan.kernel.errors import Refused
from huyuan.orgs.actor import Actor
from huyuan.orgs.permissions import allowed, not_found, scope
from huyuan.registers.models import Entry, EntryFile, Form, Signature
from huyuan.registers.queries.confirming import kept_by
from huyuan.registers.queries.filters import SHOWN, Filters
from huyuan.registers.queries.forms import current_forms, names_behind, spec_of
from huyuan.registers.queries.proxies import recorded_for_others
from huyuan.registers.rules import clock_is_off, state_zh
from huyuan.registers.schema import FormSpec

PAGE = 50


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
    entry = (
        Entry.objects.select_related(
            "form", "org", "place", "school_class", "corrects", "imported", "recorded_by_org"
        )
        .defer("imported__content")
        .filter(id=entry_id)
        .first()
    )
    if entry is None:
        raise not_found()
    spec = spec_of(entry.form)
    if entry.state == "draft" and entry.filler_id != actor.person_id:
        raise not_found()
    if not any(allowed(actor, view_action(spec), org_id) for org_id in {entry.org_id, entry.keeper_id}):
        raise not_found()
    return entry, spec


@dataclass(frozen=True)
class Detail:
    """An entry with what stands around it."""

    entry: Entry
    spec: FormSpec
    names: dict[str, str]
    files: list[EntryFile]
    signatures: list[Signature]
    corrected_by: Entry | None
    copy_of: Entry | None


def entry_detail(actor: Actor, entry_id: UUID) -> Detail:
    """Everything on an entry's page, in a constant number of queries. `copy_of`: an earlier one with the
    same answers."""
    entry, spec = entry_seen(actor, entry_id)
    copy = Entry.objects.filter(
        org_id=entry.org_id,
        form__key=entry.form.key,
        content_digest=entry.content_digest,
        state__in=("submitted", "confirmed"),
        submitted_at__lt=entry.submitted_at or entry.created_at,
    )
    copy = copy.exclude(id=entry.corrects_id) if entry.corrects_id else copy
    return Detail(
        entry,
        spec,
        names_behind(spec, [entry.body]),
        list(entry.files.select_related("file").order_by("field", "id")),
        list(entry.signatures.select_related("org").order_by("id")),
        entry.corrections.exclude(state="draft").first(),
        copy.order_by("-submitted_at").first() if entry.content_digest else None,
    )


def copies_among(entries: Sequence[Entry]) -> set[UUID]:
    """Those of the entries whose answers an earlier standing one of the same form and organisation had
    already, apart from when it happened; one query. A correction is no copy of what it corrects."""
    earlier = Entry.objects.filter(
        ~Q(corrections=OuterRef("pk")),
        org=OuterRef("org"),
        form__key=OuterRef("form__key"),
        content_digest=OuterRef("content_digest"),
        state__in=("submitted", "confirmed"),
        submitted_at__lt=OuterRef("submitted_at"),
    )
    known = Entry.objects.filter(id__in=[entry.id for entry in entries]).exclude(content_digest="")
    return set(known.filter(Exists(earlier)).values_list("id", flat=True))


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
    """已确认, with what has to be known of it: what was recorded `for_others` (`proxies.said_of`), 导入 where
    it came in a table, whether it is `copied`, 单人学校 where the filler confirmed, 时钟不准 where the
    device's clock was wrong."""
    marks = (
        ("导入", entry.imported_id is not None),
        ("内容与以前相同", copied),
        ("单人学校", entry.single_handed),
        ("时钟不准", clock_is_off(entry.device_ahead)),
    )
    said = "；".join([*for_others, *(mark for mark, holds in marks if holds)])
    return state_zh(entry.state, spec_of(entry.form)) + (f"（{said}）" if said else "")
