"""Signing in, step by step: who it is (password, slip, enterprise account), then what is still missing (a new
password, the second factor). Every success and every failure on an account is traced.

Nobody is signed in yet: each step declares the county and the one person it is about.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from huyuan.kernel.days import SHANGHAI, day_of
from huyuan.kernel.errors import Refused
from huyuan.orgs import rules
from huyuan.orgs.actions import attempts
from huyuan.orgs.actions.accounts import end_sign_ins, make_slips
from huyuan.orgs.actions.records import record, record_alone
from huyuan.orgs.actions.second_factor import confirm, passes
from huyuan.orgs.actor import Actor, actor_for
from huyuan.orgs.models import Account, ActivationSlip, Identity, SecondFactor
from huyuan.orgs.permissions import not_found
from huyuan.orgs.session import acting, declared
from huyuan.trace import keys

Step = Literal["password", "second", "enrol"]

WRONG = Refused("invalid-sign-in", "账号或密码不对。请核对后再试；连续错 5 次要等 15 分钟。")


@dataclass(frozen=True)
class Here:
    """Where an attempt comes from: network address, browser in a few words, and what its device cookie says:
    the browser's own name, and the accounts (ids) that it has signed in to before."""

    address: str
    device: str
    browser: str = ""
    accounts: frozenset[str] = frozenset()


def find_account(name: str) -> Account | None:
    """The account with this user name or mobile number."""
    account = Account.objects.filter(username=name.strip()).first()
    if account is None and (phone := rules.plain_phone(name)):
        account = Account.objects.filter(phone_hash=keys.fingerprint("phone", phone)).first()
    return account


def by_password(*, name: str, password: str, here: Here, now: datetime) -> Account:
    """The account that a user name or mobile number and a password open. Raises Locked, Refused
    `invalid-sign-in`: an unknown name answers like a wrong password, and as slowly."""
    account = find_account(name)
    counted = _counted(name, account, here)
    tried = attempts.begin(counted, now)
    if account is None or not account.is_active:
        make_password(password)
        raise WRONG
    if not account.check_password(password):
        record_alone(account, "sign-in-failed", {"how": "password", **_where(here)}, now=now)
        raise WRONG
    attempts.succeeded(counted, tried)
    return account


def by_slip(*, name: str, code: str, new: str, here: Here, now: datetime) -> Account:
    """Use an activation slip: the code opens the account once, and `new` becomes its password; running
    sign-ins end. Raises Locked, Refused `invalid-slip`, `already-used-slip`, `closed-slip`,
    `invalid-password`."""
    account = find_account(name)
    counted = _counted(name, account, here)
    tried = attempts.begin(counted, now)
    if account is None or not account.is_active:
        raise _no_slip()
    try:
        with declared(county_id=account.county_id, person_id=account.person_id):
            slip = _usable_slip(account, code, now)
            _choose(account, new, now)
            slip.used_at = now
            slip.save(update_fields=["used_at"])
            end_sign_ins(account)
            record(account, "activate", {"by": slip.by, **_where(here)}, now=now)
    except Refused as refused:
        if refused.code == "invalid-password":
            # The code was right; only the new password has to be thought of again.
            attempts.succeeded(counted, tried)
        else:
            record_alone(account, "activation-failed", {"why": refused.code, **_where(here)}, now=now)
        raise
    attempts.succeeded(counted, tried)
    return account


def by_identity(*, provider: str, subject: str, phone: str | None, now: datetime) -> Account:
    """The account that is linked to a person at an enterprise sign-in. `phone`: the number that the provider
    vouches for; it links the account with that number at the first sign-in. Raises Refused
    `unknown-identity`."""
    found_by = keys.fingerprint(f"identity-{provider}", subject)
    identity = Identity.objects.filter(provider=provider, subject_hash=found_by).first()
    if identity:
        account = Account.objects.filter(person_id=identity.person_id, is_active=True).first()
        if account:
            return account
    elif phone and (account := find_account(phone)) and account.is_active:
        with declared(county_id=account.county_id, person_id=account.person_id):
            if not Identity.objects.filter(person_id=account.person_id, provider=provider).exists():
                Identity.objects.create(
                    county_id=account.county_id,
                    person_id=account.person_id,
                    provider=provider,
                    subject_hash=found_by,
                    linked_at=now,
                )
                record(account, "link-identity", {"provider": provider, "by": "phone"}, now=now)
                return account
    raise Refused(
        "unknown-identity",
        "这个企业账号还没有绑定护园账号。请先用手机号和密码登录，在“我的账号—登录安全”里绑定。",
    )


def link_identity(*, account: Account, provider: str, subject: str, now: datetime) -> None:
    """Link an account whose owner is signed in; from now on the enterprise account signs in to it. Raises
    Refused `conflict-identity` when one of the two is linked already."""
    found_by = keys.fingerprint(f"identity-{provider}", subject)
    with declared(county_id=account.county_id, person_id=account.person_id):
        taken = Identity.objects.filter(provider=provider, subject_hash=found_by).first()
        if taken and taken.person_id == account.person_id:
            return
        if taken or Identity.objects.filter(provider=provider, person_id=account.person_id).exists():
            raise Refused("conflict-identity", "这个企业账号或您的账号已经另有绑定。请先解除原来的绑定。")
        Identity.objects.create(
            county_id=account.county_id,
            person_id=account.person_id,
            provider=provider,
            subject_hash=found_by,
            linked_at=now,
        )
        record(account, "link-identity", {"provider": provider}, now=now)


def unlink_identity(*, account: Account, provider: str, now: datetime) -> None:
    """The enterprise account no longer signs in to this one, whose owner is signed in."""
    with declared(county_id=account.county_id, person_id=account.person_id):
        removed, _ = Identity.objects.filter(person_id=account.person_id, provider=provider).delete()
        if removed:
            record(account, "unlink-identity", {"provider": provider}, now=now)


def missing(account: Account, *, how: str, second_passed: bool, now: datetime) -> Step | None:
    """What the sign-in still wants: the second factor, its first setting up where the person's posts need
    one, a fresh password when the old one is out of date; in this order, for a password alone must not
    change anything. None: it is complete."""
    if not second_passed:
        with declared(county_id=account.county_id, person_id=account.person_id):
            factor = SecondFactor.objects.filter(person_id=account.person_id, confirmed_at__isnull=False)
            if factor.exists():
                return "second"
        if second_factor_needed(actor_for(account, day_of(now))):
            return "enrol"
    if how == "password" and rules.password_expired(account.password_set_at, settings.PROTECTION_LEVEL, now):
        return "password"
    return None


def second_factor_needed(actor: Actor) -> bool:
    """Does one of the person's posts of the day need a second factor?"""
    posts = set(settings.SECOND_FACTOR_POSTS)
    held = {holding.post_kind for holding in actor.holdings}
    return bool((held and "*" in posts) or held & posts)


def second_step(*, account: Account, code: str, here: Here, now: datetime) -> None:
    """Check the authenticator's code or a recovery code. Raises Locked, Refused `invalid-second`."""
    counted = {"second": f"{account.id}\0{here.address}"}
    tried = attempts.begin(counted, now)
    with declared(county_id=account.county_id, person_id=account.person_id):
        used = passes(account.person_id, code, now)
        if used == "recovery":
            record(account, "use-recovery-code", _where(here), now=now)
    if used is None:
        record_alone(account, "sign-in-failed", {"how": "second", **_where(here)}, now=now)
        raise Refused(
            "invalid-second",
            "验证码不对，或已经用过。请看验证器上现在显示的 6 位数字；手机时间不准时验证码也会不对。",
        )
    attempts.succeeded(counted, tried)


def confirm_second_factor(*, account: Account, code: str, here: Here, now: datetime) -> list[str]:
    """Set up the second factor with the code that the app shows; the recovery codes, shown once. Raises
    Locked, Refused `invalid-second`."""
    counted = {"second": f"{account.id}\0{here.address}"}
    tried = attempts.begin(counted, now)
    codes = confirm(account, code, now=now)
    attempts.succeeded(counted, tried)
    return codes


def choose_password(*, account: Account, new: str, now: datetime) -> None:
    """A new password in place of one that is out of date, during the sign-in. Raises Refused
    `invalid-password`."""
    with declared(county_id=account.county_id, person_id=account.person_id):
        if account.check_password(new):
            raise Refused("invalid-password", "新密码不能和现在的一样。请换一个。")
        _choose(account, new, now)
        record(account, "change-password", now=now)


def change_own_password(*, actor: Actor, old: str, new: str, now: datetime) -> Account:
    """Change the password that one signs in with; other sign-ins end. Raises Refused `invalid-old-password`,
    `invalid-password`; for a job of the system there is none (`not-found`)."""
    if actor.person_id is None:
        raise not_found()
    with acting(actor):
        account = Account.objects.select_for_update().get(person_id=actor.person_id)
        if not account.check_password(old):
            raise Refused("invalid-old-password", "现在的密码不对，没有更改。请核对后再填。")
        if old == new:
            raise Refused("invalid-password", "新密码不能和现在的一样。请换一个。")
        _choose(account, new, now)
        record(account, "change-password", now=now)
        return account


def signed_in(*, account: Account, how: str, here: Here, now: datetime) -> None:
    """The sign-in is complete: trace it."""
    record_alone(account, "sign-in", {"how": how, **_where(here)}, now=now)


def sign_out_everywhere(*, account: Account, but: str | None, now: datetime) -> int:
    """End all sign-ins of an account whose owner is signed in, except the one with session key `but`; how
    many ended."""
    with declared(county_id=account.county_id, person_id=account.person_id):
        ended = end_sign_ins(account, but=but)
        record(account, "sign-out-everywhere", {"ended": ended}, now=now)
        return ended


def text_code(*, name: str, here: Here, now: datetime) -> tuple[UUID, str] | None:
    """Somebody who forgot the password asks for a code as a text message: (person, code), or None when there
    is no such account, which the asker is not told. Raises Locked after too many."""
    attempts.begin({"text": rules.plain_phone(name) or name, "text-address": here.address}, now)
    account = find_account(name)
    if account is None or not account.is_active or not account.phone:
        return None
    with declared(county_id=account.county_id, person_id=account.person_id):
        lasts = timedelta(minutes=rules.TEXT_CODE_MINUTES)
        (slip,) = make_slips([account], by="text", lasts=lasts, now=now)
        record(account, "ask-text-code", _where(here), now=now)
    return account.person_id, slip.code


def check_password_rules(account: Account, password: str) -> None:
    """Raise Refused `invalid-password` unless the protection level allows it."""
    names = [account.username]
    if account.phone:
        names.append(keys.decrypt(account.person_id, account.phone))
    faults = rules.password_faults(password, settings.PROTECTION_LEVEL, names)
    try:
        validate_password(password, account)
    except ValidationError as weak:
        faults += weak.messages
    if faults:
        raise Refused("invalid-password", f"密码不够安全：{''.join(faults)}请换一个。")


def _choose(account: Account, new: str, now: datetime) -> None:
    check_password_rules(account, new)
    account.set_password(new)
    account.password_set_at = now
    account.save(update_fields=["password", "password_set_at"])


def _usable_slip(account: Account, code: str, now: datetime) -> ActivationSlip:
    """The slip with this code, locked; each way in which it is no good has its own answer, for the holder of
    both slip and account name."""
    slips = ActivationSlip.objects.select_for_update().filter(
        person_id=account.person_id, code_hash=keys.fingerprint("slip", rules.plain_code(code))
    )
    slip = slips.first()
    if slip is None:
        raise _no_slip()
    if slip.used_at:
        raise Refused(
            "already-used-slip",
            f"这张激活单已在 {_moment(slip.used_at)}用过，不能再用。如果是您用的，请直接用设好的密码登录；"
            "如果不是您用的，请马上告诉本单位的系统管理员。",
        )
    if slip.withdrawn_at:
        raise Refused("closed-slip", "这张激活单已经作废，后来又发了新的。请用最新的一张。")
    if slip.expires_at <= now:
        raise Refused("closed-slip", "这张激活单已经过期。请找本单位的系统管理员重新发一张。")
    return slip


def _no_slip() -> Refused:
    return Refused(
        "invalid-slip", "账号（手机号）和激活码对不上。请照激活单核对，激活码里没有字母 O、I、L 和数字 0、1。"
    )


def _moment(at: datetime) -> str:
    local = at.astimezone(SHANGHAI)
    return f"{local.month}月{local.day}日 {local:%H:%M} "


def _counted(name: str, account: Account | None, here: Here) -> Mapping[str, str]:
    """What an attempt is counted under (rules.LIMITS): a browser known to the account by itself, an unknown
    one with all others."""
    who = str(account.id) if account else name.strip().lower()
    if account and who in here.accounts:
        return {"device": f"{who}\0{here.browser}"}
    return {"pair": f"{who}\0{here.address}", "account": who, "address": here.address}


def _where(here: Here) -> dict[str, str]:
    return {"address": here.address, "device": here.device}
