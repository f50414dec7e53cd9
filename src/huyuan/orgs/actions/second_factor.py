"""The authenticator app of a person, and the recovery codes that stand in for it."""

import base64
import secrets
from datetime import datetime
from typing import Literal
from uuid import UUID

from huyuan.kernel.errors import Refused
from huyuan.orgs import rules
from huyuan.orgs.actions.records import record
from huyuan.orgs.models import Account, RecoveryCode, SecondFactor
from huyuan.orgs.session import declared
from huyuan.trace import keys

SECRET_BYTES = 20


def offer(account: Account) -> str:
    """A new secret (base32) for the authenticator app, in place of one that was offered before and never
    confirmed. Raises Refused `already-confirmed`."""
    with declared(county_id=account.county_id, person_id=account.person_id):
        found = SecondFactor.objects.select_for_update().filter(person_id=account.person_id).first()
        if found and found.confirmed_at:
            raise Refused("already-confirmed", "您已经启用两步验证。要换手机，请先停用再重新启用。")
        if found:
            return keys.decrypt(account.person_id, found.secret)
        secret = base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()
        SecondFactor.objects.create(
            county_id=account.county_id,
            person_id=account.person_id,
            secret=keys.encrypt(account.person_id, secret),
        )
        return secret


def confirm(account: Account, code: str, *, now: datetime) -> list[str]:
    """The app shows this code: from now on it is asked for. The recovery codes, shown once. Raises Refused
    `invalid-second`."""
    with declared(county_id=account.county_id, person_id=account.person_id):
        found = SecondFactor.objects.select_for_update().filter(person_id=account.person_id).first()
        if found is None or found.confirmed_at or not _matches(found, code, now):
            raise Refused("invalid-second", "验证码不对。请扫码后填写验证器上现在显示的 6 位数字。")
        found.confirmed_at = now
        found.save(update_fields=["confirmed_at"])
        codes = _new_codes(account)
        record(account, "enable-second-factor", now=now)
        return codes


def renew_codes(account: Account, *, now: datetime) -> list[str]:
    """Fresh recovery codes; those before are good for nothing any more."""
    with declared(county_id=account.county_id, person_id=account.person_id):
        codes = _new_codes(account)
        record(account, "renew-recovery-codes", now=now)
        return codes


def disable(account: Account, *, now: datetime) -> None:
    """No second factor is asked for any more."""
    with declared(county_id=account.county_id, person_id=account.person_id):
        removed, _ = SecondFactor.objects.filter(person_id=account.person_id).delete()
        RecoveryCode.objects.filter(person_id=account.person_id).delete()
        if removed:
            record(account, "disable-second-factor", now=now)


def passes(person_id: UUID, code: str, now: datetime) -> Literal["app", "recovery"] | None:
    """Does this code of the app, or this recovery code, let the person pass? It does so once. Inside a
    transaction that sees the person."""
    typed = rules.plain_code(code)
    found = (
        SecondFactor.objects.select_for_update()
        .filter(person_id=person_id, confirmed_at__isnull=False)
        .first()
    )
    if found is None:
        return None
    if _matches(found, typed, now):
        return "app"
    spent = RecoveryCode.objects.filter(
        person_id=person_id, code_hash=keys.fingerprint("recovery", typed), used_at=None
    ).update(used_at=now)
    return "recovery" if spent else None


def _matches(factor: SecondFactor, code: str, now: datetime) -> bool:
    secret = base64.b32decode(keys.decrypt(factor.person_id, factor.secret))
    step = rules.matching_step(secret, rules.plain_code(code), now=now, after=factor.last_step)
    if step is None:
        return False
    factor.last_step = step
    factor.save(update_fields=["last_step"])
    return True


def _new_codes(account: Account) -> list[str]:
    RecoveryCode.objects.filter(person_id=account.person_id).delete()
    codes = [
        "".join(secrets.choice(rules.CODE_LETTERS) for _ in range(rules.CODE_LENGTH))
        for _ in range(rules.RECOVERY_CODES)
    ]
    RecoveryCode.objects.bulk_create(
        RecoveryCode(
            county_id=account.county_id,
            person_id=account.person_id,
            code_hash=keys.fingerprint("recovery", code),
        )
        for code in codes
    )
    return [rules.grouped(code) for code in codes]
