"""What parents and the public reported: for those who answer, and in counts for those above."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet

from huyuan.cases.models import GateCode, Voice, VoiceFile
from huyuan.cases.queries.words import HAZARD, spec_of
from huyuan.cases.schema import Voices
from huyuan.cases.voices import OPEN_VOICE
from huyuan.orgs.actor import Actor
from huyuan.orgs.permissions import not_found, reached, scope

MOST_VOICES = 50
#: it waits for an answer: nothing was done with it, or what it was taken up as is over
WAITS = Q(state="received") | Q(state="taken", case__state__in=("closed", "void"))


def voices_spec() -> Voices:
    """How voices count and when they are answered, as the pack says."""
    found = spec_of(HAZARD).voices
    assert found is not None
    return found


def voices_of(actor: Actor) -> QuerySet[Voice]:
    """What was reported to the organisations for which the actor answers."""
    return Voice.objects.filter(org__in=scope(actor, "voice.answer")).select_related("org", "case")


def inbox(actor: Actor) -> tuple[list[Voice], list[Voice]]:
    """What is open, the oldest first, and what was answered last."""
    rows = voices_of(actor)
    return (
        list(rows.filter(state__in=OPEN_VOICE).order_by("due_at", "id")[:MOST_VOICES]),
        list(rows.exclude(state__in=OPEN_VOICE).order_by("-answered_at", "id")[:MOST_VOICES]),
    )


def voice_seen(actor: Actor, voice_id: UUID) -> Voice:
    """One of them. Raises Refused `not-found`."""
    voice = voices_of(actor).filter(id=voice_id).first()
    if voice is None:
        raise not_found()
    return voice


def voice_file_seen(actor: Actor, file_id: UUID) -> VoiceFile:
    """A photo of one of them. Raises Refused `not-found`."""
    rows = VoiceFile.objects.select_related("file").filter(voice__org__in=scope(actor, "voice.answer"))
    one = rows.filter(id=file_id).first()
    if one is None:
        raise not_found()
    return one


def voice_counts(actor: Actor, now: datetime) -> list[dict[str, Any]]:
    """By organisation in sight, the most overdue first: received, waiting, overdue, taken, answered. Counts
    alone: what was written is the school's."""
    rows: QuerySet[Any, Any] = (
        Voice.objects.filter(org__in=scope(actor, "voice.count"))
        .values("org_id", name=F("org__short_name"))
        .annotate(
            received=Count("id"),
            waiting=Count("id", filter=WAITS),
            overdue=Count("id", filter=WAITS & Q(due_at__lte=now)),
            taken=Count("id", filter=Q(case__isnull=False)),
            answered=Count("id", filter=~Q(state__in=OPEN_VOICE)),
        )
        .order_by("-overdue", "-received", "name")
    )
    return list(rows)


def voices_waiting(actor: Actor, now: datetime) -> QuerySet[Any, Any]:
    """How many wait for an answer of mine, by organisation: org_name, count, overdue."""
    return (
        Voice.objects.filter(WAITS, org__in=scope(actor, "voice.answer"))
        .values(org_name=F("org__short_name"))
        .annotate(count=Count("id"), overdue=Count("id", filter=Q(due_at__lte=now)))
        .order_by("org_name")
    )


def answers_for(actor: Actor) -> bool:
    """Does the actor answer for any organisation? No statement."""
    return bool(reached(actor, "voice.answer"))


def gate_code(org_id: UUID) -> GateCode | None:
    """The code that is good now."""
    return GateCode.objects.filter(org_id=org_id, withdrawn_at=None).first()
