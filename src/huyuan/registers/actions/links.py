"""One-time links by which an organisation answers for what was recorded in its name (代录)."""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from huyuan.kernel.errors import Refused
from huyuan.orgs.actions import attempts
from huyuan.orgs.actor import Actor, system_actor
from huyuan.orgs.permissions import not_found, require
from huyuan.orgs.session import acting
from huyuan.registers import after
from huyuan.registers.actions.standing import locked, reason_given, record
from huyuan.registers.models import ConfirmationLink, Entry, Signature
from huyuan.registers.rules import LINK_DAYS, why_shut
from huyuan.trace import keys

TOKEN = re.compile(r"(\d{6})-[A-Za-z0-9_-]{22}")
"""The county, in which alone the link is looked for, and 128 random bits."""


def make_link(*, actor: Actor, entry_id: UUID, org_id: UUID, now: datetime) -> tuple[ConfirmationLink, str]:
    """A link for the organisation in whose name the entry, or its signature on it, was recorded; and the
    token, which is kept nowhere. A link made before and not used is withdrawn.

    Raises Refused: `closed-entry`, `already-answered`, `unknown-proxy` where nothing was recorded in its
    name.
    """
    with transaction.atomic():
        entry = recorded_by_proxy(actor, entry_id, org_id)
        if entry.state not in ("submitted", "confirmed"):
            raise Refused("closed-entry", "这份登记已作废或已退回，不用请对方确认。")
        if answered := standing(entry, org_id).exclude(answered_at=None).first():
            raise Refused("already-answered", f"{answered.org.name}已经答复过了，不用再发链接。")
        standing(entry, org_id).update(withdrawn_at=now)
        token = f"{entry.county_id}-{secrets.token_urlsafe(16)}"
        assert actor.person_id is not None
        link = ConfirmationLink.objects.create(
            county_id=entry.county_id,
            entry=entry,
            org_id=org_id,
            keeper_id=entry.keeper_id,
            token_digest=digest(token),
            made_at=now,
            expires_at=now + timedelta(days=LINK_DAYS),
            maker_id=actor.person_id,
            maker_name=actor.name,
        )
        record(actor, "entry.ask", entry, None, {"recorded_for": link.org.name}, now)
        return link, token


def withdraw_link(*, actor: Actor, entry_id: UUID, org_id: UUID, now: datetime) -> None:
    """The link that was made takes no answer any more; one that has its answer stays."""
    with transaction.atomic():
        entry = recorded_by_proxy(actor, entry_id, org_id)
        if standing(entry, org_id).filter(answered_at=None).update(withdrawn_at=now):
            record(actor, "entry.ask-no-more", entry, None, {"org": str(org_id)}, now)


@contextmanager
def opened_link(token: str, address: str, now: datetime) -> Iterator[ConfirmationLink]:
    """The link with this token, in a transaction that sees its county. Tokens that were never made are
    counted by network address. Raises Refused: `forbidden-locked`, `not-found`."""
    try:
        tried = attempts.begin({"link": address}, now)
    except attempts.Locked as locked_out:
        minutes = locked_out.facts["minutes"]
        raise Refused(
            "forbidden-locked",
            f"从这里打开不对的链接次数太多。请过 {minutes} 分钟再打开收到的链接。",
            minutes=minutes,
        ) from None
    match = TOKEN.fullmatch(token)
    with acting(system_actor("代录确认", int(match[1]) if match else 0)):
        links = ConfirmationLink.objects.filter(token_digest=digest(token))
        link = links.select_related("entry__form", "entry__org", "org", "keeper").first()
        if link is None:
            raise Refused("not-found", "这个链接不对或不完整。请检查是否复制完整，或向登记的单位要新的链接。")
        yield link
    attempts.succeeded({"link": address}, tried)


def answer_link(
    *, link: ConfirmationLink, answer: str, reason: str, address: str, now: datetime
) -> ConfirmationLink:
    """Confirm what was recorded, or contradict it with a reason; the first answer counts. To be called inside
    `opened_link`. Raises Refused: `closed-link` saying why it takes none, `missing-reason`,
    `unknown-answer`."""
    actor = system_actor("代录确认", link.county_id)
    with transaction.atomic():
        entry, _ = locked(link.entry_id)
        link = ConfirmationLink.objects.select_for_update().get(id=link.id)
        if why := shut(link, entry, now):
            raise Refused("closed-link", why)
        if answer not in ("confirmed", "contradicted"):
            raise Refused("unknown-answer", "请选择“确认属实”或“与事实不符”。")
        link.answer, link.answered_at = answer, now
        link.reason = reason_given(reason, "不符") if answer == "contradicted" else ""
        link.save(update_fields=["answer", "answered_at", "reason"])
        said = {"answer": answer, "reason": link.reason, "address": address, "recorded_for": link.org.name}
        record(actor, "entry.answer", entry, None, said, now)
        for tell in after.ANSWERED:
            tell(link, now)
        return link


def shut(link: ConfirmationLink, entry: Entry, now: datetime) -> str:
    """Why the link takes no answer; empty: it does."""
    return why_shut(
        entry.state,
        expires_at=link.expires_at,
        withdrawn_at=link.withdrawn_at,
        answered_at=link.answered_at,
        answer=link.answer,
        now=now,
    )


# ---- parts
# ---------------------------------------------------------------------------------------------------------
def recorded_by_proxy(actor: Actor, entry_id: UUID, org_id: UUID) -> Entry:
    """The entry under a row lock, of which the actor's organisation recorded the whole or the signature in
    the name of `org_id`."""
    entry, _ = locked(entry_id)
    require(actor, "entry.fill", entry.keeper_id)
    whole = entry.recorded_by_org_id is not None and entry.org_id == org_id
    if not whole and not Signature.objects.filter(entry=entry, org_id=org_id, by_proxy=True).exists():
        raise Refused("unknown-proxy", "这份登记里没有代这个单位登记的内容，不用请它确认。")
    if actor.person_id is None:
        raise not_found()
    return entry


def standing(entry: Entry, org_id: UUID) -> QuerySet[ConfirmationLink]:
    """The link that was made last and not withdrawn."""
    return ConfirmationLink.objects.filter(entry=entry, org_id=org_id, withdrawn_at=None)


def digest(token: str) -> str:
    """By which a token is found again."""
    return keys.fingerprint("confirmation-link", token)
