"""Notices: what was issued and received, how each recipient stands, what was answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Count, DateTimeField, Exists, F, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from huyuan.kernel.fields import Field
from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Attribute, Organisation, Region, Word
from huyuan.orgs.permissions import allowed, not_found, scope
from huyuan.orgs.vocabulary import kinds_on
from huyuan.papers import rules
from huyuan.papers.models import Notice, NoticeAnswer, NoticeFile, NoticeRecipient
from huyuan.registers.models import Entry, Form

PROVES = ("submitted", "confirmed")


# ---- what a notice asks
# ---------------------------------------------------------------------------------------------------------
def questions_of(notice: Notice) -> tuple[Field, ...]:
    """The questions as they were when it was issued."""
    return tuple(Field.model_validate(field) for field in notice.asked)


def answerable_forms() -> list[tuple[str, str]]:
    """(key, title) of the registers that a notice may ask for; personal ones are not collected this way."""
    rows = Form.objects.filter(current=True).exclude(spec__personal=True).order_by("title")
    return list(rows.values_list("key", "title"))


# ---- who may receive it
# ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Audience:
    """Organisations that may be chosen, and the words by which they are narrowed."""

    orgs: list[Organisation]
    kinds: dict[str, str]
    towns: dict[UUID, str]


def audience(actor: Actor, kinds: Sequence[str], towns: Sequence[UUID], boarding: bool) -> Audience:
    """Those to whom the actor may send, narrowed by kind, town and boarding; empty means all but societies,
    which nobody expects among schools. Four queries."""
    everyone = Organisation.objects.filter(id__in=scope(actor, "notice.send"), closed=None).exclude(
        id__in=actor.viewers
    )
    found = everyone
    found = found.filter(kind__in=kinds) if kinds else found.exclude(kind__in=kinds_on("society"))
    if towns:
        found = found.filter(Q(region__in=towns) | Q(region__parent__in=towns))
    if boarding:
        newest = Attribute.objects.filter(org=OuterRef("pk"), key="boarding").order_by("-from_day")
        found = found.annotate(boards=Subquery(newest.values("text")[:1])).filter(boards="yes")
    words = Word.objects.filter(list="orgkind", key__in=everyone.values("kind")).order_by("place")
    regions = Region.objects.filter(kind="town").order_by("name")
    return Audience(
        list(found.select_related("region__parent").order_by("region__name", "name")),
        dict(words.values_list("key", "zh")),
        dict(regions.values_list("id", "name")),
    )


def issuers(actor: Actor) -> dict[UUID, str]:
    """The actor's organisations in whose name a notice may be issued, by id."""
    orgs = Organisation.objects.filter(id__in=scope(actor, "notice.issue")).filter(id__in=actor.viewers)
    return dict(orgs.order_by("name").values_list("id", "name"))


# ---- how recipients stand
# ---------------------------------------------------------------------------------------------------------
#: When a recipient first answered. Where a register is asked for, the first entry of that register that was
#: handed in after the notice is the answer.
DONE_AT = Coalesce(
    F("answered_at"),
    Subquery(
        Entry.objects.filter(
            org=OuterRef("org"),
            form__key=OuterRef("notice__form_key"),
            state__in=PROVES,
            submitted_at__gte=OuterRef("notice__issued_at"),
        )
        .order_by()
        .values("org")
        .annotate(first=Min("submitted_at"))
        .values("first"),
        output_field=DateTimeField(),
    ),
)


def open_recipients(notices: Sequence[Notice]) -> dict[UUID, set[UUID]]:
    """Notice → its recipients that have not answered."""
    received = NoticeRecipient.objects.filter(notice__in=notices)
    rows = received.annotate(done_at=DONE_AT).filter(done_at=None)
    found: dict[UUID, set[UUID]] = {}
    for notice_id, org_id in rows.values_list("notice_id", "org_id"):
        found.setdefault(notice_id, set()).add(org_id)
    return found


class Waiting(NamedTuple):
    """A notice that one of my organisations still has to answer."""

    notice_id: UUID
    org_id: UUID
    title: str
    issuer: str
    org_name: str
    asks: str
    due_at: datetime
    read: bool
    return_reason: str


def waiting_notices(actor: Actor) -> list[Waiting]:
    """What the actor's organisations owe of notices, the nearest deadline first; one statement."""
    rows = (
        NoticeRecipient.objects.filter(
            org__in=scope(actor, "notice.answer"), answered_at=None, notice__state="issued"
        )
        .annotate(done_at=DONE_AT)
        .filter(done_at=None)
        .order_by("notice__due_at", "notice_id", "org_id")
        .values_list(
            "notice_id",
            "org_id",
            "notice__title",
            "issuer__short_name",
            "org__short_name",
            "notice__body__asks",
            "notice__due_at",
            "read_at",
            "return_reason",
        )
    )
    return [Waiting(*row[:7], row[7] is not None, row[8]) for row in rows]


class Standing(NamedTuple):
    """A recipient in the chasing list."""

    recipient: NoticeRecipient
    state: str
    done_at: datetime | None


def standings(notice: Notice) -> list[Standing]:
    """Every recipient of a notice that was seen first, the unfinished ones on top."""
    rows = NoticeRecipient.objects.filter(notice=notice).annotate(done_at=DONE_AT).select_related("org")
    found = []
    for row in rows:
        done_at: datetime | None = row.done_at
        state = rules.state_of(
            read=row.read_at is not None,
            answered_at=done_at,
            returned=bool(row.return_reason),
            due_at=notice.due_at,
            asks=notice.body["asks"],
        )
        found.append(Standing(row, state, done_at))
    order = list(rules.STATES)
    return sorted(found, key=lambda one: (order.index(one.state), one.recipient.org.name))


# ---- lists
# ---------------------------------------------------------------------------------------------------------
def sent_notices(actor: Actor) -> QuerySet[Notice]:
    """What the actor's organisations wrote, newest first, with `total` and `waiting` recipients."""
    received = NoticeRecipient.objects.filter(notice=OuterRef("pk"))
    unanswered = received.annotate(done_at=DONE_AT).filter(done_at=None).order_by()
    waiting = unanswered.values("notice").annotate(many=Count("pk")).values("many")
    return (
        Notice.objects.filter(org__in=scope(actor, "notice.issue"))
        .select_related("org")
        .annotate(total=Count("recipients"), waiting=Coalesce(Subquery(waiting), 0))
        .order_by("-written_at")
    )


def received_notices(actor: Actor) -> QuerySet[NoticeRecipient]:
    """What the actor's organisations received, newest first, with `done_at`."""
    rows = NoticeRecipient.objects.filter(org__in=scope(actor, "notice.answer"), org_id__in=actor.viewers)
    return (
        rows.annotate(done_at=DONE_AT)
        .select_related("notice", "issuer", "org")
        .order_by("-notice__issued_at", "org__name")
    )


# ---- one
# ---------------------------------------------------------------------------------------------------------
def notice_seen(actor: Actor, notice_id: UUID) -> Notice:
    """A notice that the actor may issue or received; a foreign one answers like one that does not exist."""
    mine = NoticeRecipient.objects.filter(notice=OuterRef("pk"), org__in=scope(actor, "notice.answer"))
    notice = (
        Notice.objects.select_related("org", "file")
        .filter(Q(org__in=scope(actor, "notice.issue")) | Exists(mine) & ~Q(state="draft"))
        .filter(id=notice_id)
        .first()
    )
    if notice is None:
        raise not_found()
    return notice


def notice_received(actor: Actor, notice: Notice) -> list[NoticeRecipient]:
    """The actor's organisations that received it, with `done_at`."""
    rows = NoticeRecipient.objects.filter(notice=notice, org__in=scope(actor, "notice.answer"))
    return list(rows.annotate(done_at=DONE_AT).select_related("org").order_by("org__name"))


def answers_standing(notice: Notice) -> list[NoticeAnswer]:
    """The standing answers of a notice that was seen first, by organisation."""
    rows = NoticeAnswer.objects.filter(notice=notice, standing=True)
    return list(rows.select_related("org").order_by("org__region__name", "org__name"))


def answers_given(notice: Notice, org_id: UUID) -> list[NoticeAnswer]:
    """Every answer of one recipient, the newest first."""
    return list(NoticeAnswer.objects.filter(notice=notice, org_id=org_id).order_by("-answered_at", "-id"))


def answer_received(notice: Notice, client_id: str) -> NoticeAnswer | None:
    """The answer that was handed in under this id, for the receipt; of a notice that was seen first."""
    try:
        return NoticeAnswer.objects.filter(notice=notice, client_id=UUID(client_id)).first()
    except ValueError:
        return None


def answer_seen(actor: Actor, answer_id: UUID) -> NoticeAnswer:
    """An answer that the actor's organisations gave or asked for."""
    answer = (
        NoticeAnswer.objects.select_related("notice__org", "org")
        .filter(Q(issuer__in=scope(actor, "notice.issue")) | Q(org__in=scope(actor, "notice.answer")))
        .filter(id=answer_id)
        .first()
    )
    if answer is None:
        raise not_found()
    return answer


def files_of(answers: Sequence[NoticeAnswer]) -> dict[UUID, list[NoticeFile]]:
    """The files of these answers, by answer."""
    found: dict[UUID, list[NoticeFile]] = {}
    for row in NoticeFile.objects.filter(answer__in=answers).select_related("file").order_by("name"):
        found.setdefault(row.answer_id, []).append(row)
    return found


def file_seen(actor: Actor, file_id: UUID) -> NoticeFile:
    """A file of an answer that the actor may see."""
    row = NoticeFile.objects.select_related("file", "answer").filter(id=file_id).first()
    if row is None:
        raise not_found()
    sees: Mapping[str, Any] = {"notice.issue": row.answer.issuer_id, "notice.answer": row.answer.org_id}
    if not any(allowed(actor, action, org_id) for action, org_id in sees.items()):
        raise not_found()
    return row
