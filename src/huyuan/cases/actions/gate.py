"""The code at a school's gate, and what parents and the public send through it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from huyuan.cases import queries
from huyuan.cases.actions.opening import digest, opened, too_often
from huyuan.cases.actions.stepping import Uploads, qualifiers
from huyuan.cases.models import GateCode, Voice, VoiceFile
from huyuan.cases.permissions import VOICE_POSTS
from huyuan.cases.schema import Realised, Voices
from huyuan.cases.voices import KINDS, due, spelled
from huyuan.kernel.days import day_of
from huyuan.kernel.errors import Refused
from huyuan.kernel.ids import uuid7
from huyuan.notify.actions import Line, send_all
from huyuan.orgs.actions import attempts
from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Organisation, Post
from huyuan.orgs.permissions import require
from huyuan.orgs.rules import plain_phone
from huyuan.orgs.session import current
from huyuan.registers import effects
from huyuan.trace import actions as trace
from huyuan.trace import keys

JOB = "家长和群众反映"


def make_code(*, actor: Actor, org_id: UUID, now: datetime) -> GateCode:
    """A new code for the school's gate; the one before it is good no more."""
    with transaction.atomic():
        require(actor, "voice.answer", org_id)
        org = Organisation.objects.select_for_update().get(id=org_id)
        GateCode.objects.filter(org=org, withdrawn_at=None).update(withdrawn_at=now)
        code = GateCode(id=uuid7(), county_id=org.county_id, org=org, made_at=now, maker_name=actor.name)
        code.token_digest = digest(token_of(code))
        code.save(force_insert=True)
        trace.record(actor.snapshot(), "voice.code", "gate-code", code.id, org_id, now=now)
        return code


def withdraw_code(*, actor: Actor, org_id: UUID, now: datetime) -> None:
    """The school's code is good no more; what came through it stays."""
    with transaction.atomic():
        require(actor, "voice.answer", org_id)
        for code in GateCode.objects.select_for_update().filter(org_id=org_id, withdrawn_at=None):
            code.withdrawn_at = now
            code.save(update_fields=["withdrawn_at"])
            trace.record(actor.snapshot(), "voice.no-code", "gate-code", code.id, org_id, now=now)


def token_of(code: GateCode) -> str:
    """What the address at the gate ends in: the county, and 128 bits that follow from this code."""
    return f"{code.county_id}-{keys.fingerprint('gate-code', str(code.id))[:32]}"


@contextmanager
def opened_gate(token: str, *, address: str, now: datetime) -> Iterator[GateCode]:
    """The code that stands at a gate. Raises Refused: what `opening.opened` raises, `closed-code`."""
    with opened(GateCode.objects.select_related("org"), token, JOB, address=address, now=now) as code:
        if code.withdrawn_at:
            raise Refused("closed-code", "学校已经换了新的二维码，这个不再使用。请到校门口扫新的二维码。")
        yield code


@contextmanager
def opened_answer(token: str, *, address: str, now: datetime) -> Iterator[Voice]:
    """What somebody reported, by the link that they were given."""
    with opened(Voice.objects.select_related("org"), token, JOB, address=address, now=now) as voice:
        yield voice


def count(token: str, *, address: str, now: datetime) -> None:
    """Count a report before it is looked at. To be called outside a transaction that may be undone. Raises
    Refused `limited-voices`."""
    try:
        attempts.begin({"voice-address": address, "voice-gate": token}, now)
    except attempts.Locked as locked:
        raise too_often("limited-voices", "短时间内从这里反映的太多", locked) from None


def answer_token(county_id: int, client_id: UUID) -> str:
    """The token of the link to the answer: it follows from what the browser sent, so that a repeat leads to
    the same page; neither is kept."""
    return f"{county_id}-{spelled(keys.fingerprint('voice-answer', str(client_id)))}"


def receive(
    *,
    code: GateCode,
    client_id: UUID,
    kind: str,
    spot: str,
    content: str,
    phone: str = "",
    photos: Uploads | None = None,
    now: datetime,
) -> tuple[Voice, str]:
    """Keep a report, and give the token of the link to its answer; a repeat with the same `client_id` gives
    those of the first time. To be called inside `opened_gate`. Raises Refused: `unknown-kind`,
    `missing-content`, `invalid-phone`, `conflict-device`."""
    spot, content = spot.strip()[:120], content.strip()[:500]
    number = plain_phone(phone) if phone.strip() else ""
    if kind not in KINDS:
        raise Refused("unknown-kind", "请选择反映的是隐患、问题还是建议。")
    if not spot or not content:
        raise Refused("missing-content", "请写明在哪里、什么情况。")
    if number is None:
        raise Refused("invalid-phone", "这不是 11 位的手机号码。请核对后再填，不想留可以不填。")
    spec, token = queries.voices_spec(), answer_token(code.county_id, client_id)
    client = keys.fingerprint("voice-client", str(client_id))
    with transaction.atomic():
        # One after the other for each school: of two that are the same the second finds the first.
        GateCode.objects.select_for_update().get(id=code.id)
        first = Voice.objects.filter(client_digest=client).first()
        if first:
            if (first.org_id, first.kind, first.content) != (code.org_id, kind, content):
                raise Refused("conflict-device", "这一页已经提交过别的内容。请重新扫码，再反映一次。")
            return first, token
        voice = Voice(
            id=uuid7(),
            county_id=code.county_id,
            org_id=code.org_id,
            code=code,
            client_digest=client,
            token_digest=digest(token),
            kind=kind,
            spot=spot,
            content=content,
            received_at=now,
            due_at=due(now, spec.answer_days),
        )
        voice.phone = keys.encrypt(voice.id, number) if number else ""
        voice.event_id = effects.act_id(voice.id, 0)
        voice.save(force_insert=True)
        VoiceFile.objects.bulk_create(
            VoiceFile(county_id=code.county_id, voice=voice, file_id=file_id) for file_id in photos or {}
        )
        raise_event(voice, spec, now)
        trace.record(current().snapshot(), "voice.receive", "voice", voice.id, voice.org_id, now=now)
        tell(voice, now)
        return voice, token


# ---- parts
# ---------------------------------------------------------------------------------------------------------
def raise_event(voice: Voice, spec: Voices, now: datetime) -> None:
    """The event that it is, and what its arrival proves. What it says of people stays with the school."""
    raised = effects.EventRaised(
        event=spec.event,
        quals=tuple(sorted((f"kind={spec.kinds[voice.kind]}", f"level={spec.level}"))),
        occurred_at=now,
        index=0,
        about=f"{KINDS[voice.kind]}，{voice.spot}",
    )
    realise(voice, [raised, *acts_of(voice, spec.received, 1, now)], now)


def acts_of(voice: Voice, realised: Sequence[Realised], first: int, now: datetime) -> list[effects.ActDone]:
    """Acts that answer the event, numbered from `first`."""
    return [
        effects.ActDone(
            act=one.act,
            quals=qualifiers(one.where, {}),
            occurred_at=now,
            index=index,
            answers=str(voice.event_id),
        )
        for index, one in enumerate(realised, start=first)
    ]


def realise(voice: Voice, done: Sequence[effects.Effect], now: datetime) -> None:
    """Hand over what came of it, for the school."""
    header = effects.Header("voice", voice.id, voice.county_id, voice.org_id, now)
    for sink in effects.SINKS:
        sink.record(header, done, frozenset({voice.org_id}), now)


def tell(voice: Voice, now: datetime) -> None:
    """One message a day to whoever answers, however many come."""
    posts = Post.objects.filter(org_id=voice.org_id, kind__in=VOICE_POSTS)
    key, url = f"voice:{voice.org_id}:{day_of(now):%Y%m%d}", reverse("cases:voices")
    text = "收到家长或群众通过门口二维码反映的情况，请查看并答复。"
    send_all(
        (
            Line(voice.org_id, kind, key, text, url)
            for kind in posts.values_list("kind", flat=True).distinct()
        ),
        now=now,
    )
