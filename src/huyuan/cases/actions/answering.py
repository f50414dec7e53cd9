"""What a school does with what parents and the public reported: takes it up as a hazard, answers, sets it
aside."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.db import transaction

from huyuan.cases import queries
from huyuan.cases.actions.gate import acts_of, realise
from huyuan.cases.actions.raising import found
from huyuan.cases.models import Case, Voice, VoiceFile
from huyuan.cases.voices import VOICE, VoiceFacts
from huyuan.kernel.errors import Refused
from huyuan.orgs.actor import Actor
from huyuan.orgs.permissions import not_found, require
from huyuan.trace import actions as trace
from huyuan.trace import keys

PHOTO = "照片"


def take_up(
    *,
    actor: Actor,
    voice_id: UUID,
    client_id: UUID,
    category: str,
    spot: str,
    description: str = "",
    severity: str = "",
    area: str = "inside",
    now: datetime,
) -> Case:
    """A hazard of it, with its photos and without what was written: nothing about people goes into it. A
    repeat gives the hazard of the first time. Raises what `raising.found` raises."""
    with transaction.atomic():
        voice = locked(actor, voice_id)
        if voice.case and voice.case.client_id == client_id:
            return voice.case
        voice.state = VOICE.apply(voice.state, "take-up", "answerer", facts_of(voice))
        photos = VoiceFile.objects.filter(voice=voice).values_list("file_id", flat=True)
        voice.case = found(
            actor=actor,
            org_id=voice.org_id,
            client_id=client_id,
            category=category,
            spot=spot,
            description=description,
            severity=severity,
            area=area,
            photos=dict.fromkeys(photos, PHOTO),
            source="voice",
            source_id=voice.id,
            now=now,
        )
        voice.save(update_fields=["state", "case"])
        said = {"number": voice.case.number}
        trace.record(actor.snapshot(), "voice.take-up", "voice", voice.id, voice.org_id, None, said, now=now)
        return voice.case


def answer(*, actor: Actor, voice_id: UUID, text: str, now: datetime) -> Voice:
    """Answer it, in words that whoever reported it reads. Raises Refused `missing-reason`."""
    return close(actor, voice_id, "answer", text, "请写明答复：怎么处理的，结果怎样。", now)


def set_aside(*, actor: Actor, voice_id: UUID, reason: str, now: datetime) -> Voice:
    """It is no matter of safety: the reason is the answer. Raises Refused `missing-reason`."""
    return close(actor, voice_id, "set-aside", reason, "请写明理由，并告诉对方可以找谁。", now)


def phone_of(*, actor: Actor, voice_id: UUID, now: datetime) -> str:
    """The number that was left, to call back; who looked stands in the record. Empty: none, or deleted."""
    with transaction.atomic():
        voice = locked(actor, voice_id)
        if not voice.phone:
            return ""
        trace.record(actor.snapshot(), "voice.phone", "voice", voice.id, voice.org_id, now=now)
        return keys.decrypt(voice.id, voice.phone)


def forget_phones(*, now: datetime) -> int:
    """Delete the numbers of what was answered long enough ago, in the county of the running transaction; how
    many. Once it commits, their keys are destroyed, and backups hold nothing readable."""
    before = now - timedelta(days=queries.voices_spec().phone_days)
    rows = Voice.objects.filter(answered_at__lte=before).exclude(phone="")
    ids = list(rows.values_list("id", flat=True))
    Voice.objects.filter(id__in=ids).update(phone="")
    for one in ids:
        transaction.on_commit(destroying(one))
    return len(ids)


# ---- parts
# ---------------------------------------------------------------------------------------------------------
def locked(actor: Actor, voice_id: UUID) -> Voice:
    """The row under its lock. Raises Refused: `not-found`, `forbidden`."""
    voice = Voice.objects.select_for_update(of=("self",)).select_related("case").filter(id=voice_id).first()
    if voice is None:
        raise not_found()
    require(actor, "voice.answer", voice.org_id)
    return voice


def facts_of(voice: Voice) -> VoiceFacts:
    """What the guards look at."""
    return VoiceFacts(case_state=voice.case.state if voice.case else "")


def close(actor: Actor, voice_id: UUID, verb: str, text: str, asked: str, now: datetime) -> Voice:
    """The answer is given, and proves what an answer proves; what is set aside was answered as well."""
    with transaction.atomic():
        voice = locked(actor, voice_id)
        voice.state = VOICE.apply(voice.state, verb, "answerer", facts_of(voice))
        if not text.strip():
            raise Refused("missing-reason", asked)
        voice.answer, voice.answered_at = text.strip()[:500], now
        voice.answered_by_id = actor.person_id
        voice.save(update_fields=["state", "answer", "answered_at", "answered_by"])
        spec = queries.voices_spec()
        realise(voice, acts_of(voice, spec.answered, 1 + len(spec.received), now), now)
        said = {"answer": voice.answer}
        trace.record(actor.snapshot(), f"voice.{verb}", "voice", voice.id, voice.org_id, None, said, now=now)
        return voice


def destroying(voice_id: UUID) -> Callable[[], None]:
    """What destroys the key of one row."""
    return partial(keys.destroy, voice_id)
