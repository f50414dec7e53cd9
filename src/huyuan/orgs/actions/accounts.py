"""What administrators do with other people's accounts: open, hand out slips, close, reset. All of it needs
an elevation, all of it is traced; nobody ever chooses another person's password."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from huyuan.kernel.days import day_of
from huyuan.kernel.errors import Refused
from huyuan.orgs import rules
from huyuan.orgs.actions.elevation import require_elevated
from huyuan.orgs.actions.rows import change, insert_all
from huyuan.orgs.actor import Actor
from huyuan.orgs.models import (
    Account,
    ActivationSlip,
    Appointment,
    Person,
    RecoveryCode,
    SecondFactor,
    SignIn,
)
from huyuan.orgs.permissions import not_found, require, scope
from huyuan.orgs.session import acting
from huyuan.trace import actions as trace
from huyuan.trace import keys

MANAGE = "account.alter"


@dataclass(frozen=True)
class Slip:
    """A slip just made, with the code that is shown once and kept nowhere."""

    account: Account
    code: str
    expires_at: datetime


@dataclass(frozen=True)
class Opening:
    """Whose account is to be opened. `phone`: a mobile number as typed, may be missing; `username`: made up
    when it is missing."""

    person_id: UUID
    phone: str = ""
    username: str = ""


def open_accounts(*, actor: Actor, openings: Sequence[Opening], now: datetime) -> list[Account]:
    """Sign-ins for people, without passwords until activation slips are used; all or none. Numbers are
    encrypted at rest. Raises Refused `invalid-phone`, `conflict-exists`."""
    with acting(actor):
        people = {one.id: one for one in _people(actor, [one.person_id for one in openings], now)}
        accounts = []
        for opening in openings:
            person = people[opening.person_id]
            account = Account(
                county_id=actor.county_id,
                person=person,
                username=opening.username.strip() or f"hy{secrets.randbelow(10**8):08d}",
            )
            account.set_unusable_password()
            account.phone, account.phone_hash = _phone(person, opening.phone)
            accounts.append(account)
        insert_all([(one, one.person.home_id) for one in accounts], actor=actor, now=now)
        return accounts


def set_phone(*, actor: Actor, account_id: UUID, phone: str, now: datetime) -> None:
    """Correct the mobile number; empty: it is not known. The trace keeps ciphertext."""
    with acting(actor):
        (account,) = _accounts(actor, [account_id], now)
        sealed, found_by = _phone(account.person, phone)
        if found_by != account.phone_hash:
            change(
                account,
                actor=actor,
                org_id=account.person.home_id,
                now=now,
                phone=sealed,
                phone_hash=found_by,
            )


def issue_slips(
    *, actor: Actor, account_ids: Collection[UUID], by: str = "print", now: datetime
) -> list[Slip]:
    """A fresh one-time code for each account, ordered by name; codes handed out before and not used are
    withdrawn. The password in force stays until the code is used. All or none."""
    with acting(actor):
        accounts = _accounts(actor, account_ids, now)
        for account in accounts:
            if not account.is_active:
                raise Refused(
                    "closed-account", f"{account.person.name} 的账号已停用，不能发激活单。请先启用这个账号。"
                )
        slips = make_slips(accounts, by=by, lasts=timedelta(days=rules.SLIP_DAYS), now=now)
        acts = [
            trace.Act("issue-slip", "orgs_account", one.id, one.person.home_id, None, {"by": by})
            for one in accounts
        ]
        trace.record_all(actor.snapshot(), acts, now=now)
        return slips


def close_account(*, actor: Actor, account_id: UUID, now: datetime) -> None:
    """Nobody signs in with it any more, running sign-ins end, open slips are withdrawn."""
    with acting(actor):
        (account,) = _accounts(actor, [account_id], now)
        change(account, actor=actor, org_id=account.person.home_id, now=now, is_active=False)
        withdraw_slips([account.person_id], now)
        end_sign_ins(account)


def reopen_account(*, actor: Actor, account_id: UUID, now: datetime) -> None:
    """A closed account works again, with the password it had."""
    with acting(actor):
        (account,) = _accounts(actor, [account_id], now)
        left = account.person.left
        if left and left < day_of(now):
            raise Refused("closed-person", "这个人已经离开，账号不能再启用。请先核对人员的离开日期。")
        change(account, actor=actor, org_id=account.person.home_id, now=now, is_active=True)


def reset_second_factor(*, actor: Actor, account_id: UUID, now: datetime) -> None:
    """For somebody who lost the authenticator and the recovery codes: both are removed and all sign-ins end.
    Where the posts need a second factor, the next sign-in sets up a new one."""
    with acting(actor):
        (account,) = _accounts(actor, [account_id], now)
        removed, _ = SecondFactor.objects.filter(person_id=account.person_id).delete()
        if not removed:
            raise Refused("already-none", "这个账号没有启用两步验证，不需要重置。")
        RecoveryCode.objects.filter(person_id=account.person_id).delete()
        end_sign_ins(account)
        home = account.person.home_id
        trace.record(actor.snapshot(), "reset-second-factor", "orgs_account", account.id, home, now=now)


def end_sign_ins(account: Account, *, but: str | None = None) -> int:
    """End the sessions of an account, except the one with the key `but`; how many ended."""
    ended, _ = SignIn.objects.filter(account=account).exclude(session_key=but or "").delete()
    return ended


def withdraw_slips(person_ids: Collection[UUID], now: datetime) -> None:
    """Codes of these people that were not used are good for nothing any more."""
    ActivationSlip.objects.filter(person_id__in=person_ids, used_at=None, withdrawn_at=None).update(
        withdrawn_at=now
    )


def make_slips(accounts: Sequence[Account], *, by: str, lasts: timedelta, now: datetime) -> list[Slip]:
    """A code for each account in place of the one before; inside a transaction that sees the people."""
    withdraw_slips([account.person_id for account in accounts], now)
    codes = ["".join(secrets.choice(rules.CODE_LETTERS) for _ in range(rules.CODE_LENGTH)) for _ in accounts]
    ActivationSlip.objects.bulk_create(
        ActivationSlip(
            county_id=account.county_id,
            person_id=account.person_id,
            code_hash=keys.fingerprint("slip", code),
            by=by,
            issued_at=now,
            expires_at=now + lasts,
        )
        for account, code in zip(accounts, codes, strict=True)
    )
    return [
        Slip(account, rules.grouped(code), now + lasts) for account, code in zip(accounts, codes, strict=True)
    ]


def _people(actor: Actor, person_ids: Collection[UUID], now: datetime) -> list[Person]:
    """The people, locked, whose accounts the actor may manage: at the home organisation and wherever they
    hold a post, so that no school's administrator becomes an officer of the bureau."""
    rows = Person.objects.filter(county_id=actor.county_id, id__in=person_ids).order_by("id")
    people = list(rows.select_for_update(of=("self",)))
    if len(people) != len(set(person_ids)):
        raise not_found()
    for home_id in {person.home_id for person in people}:
        require(actor, MANAGE, home_id)
    require_elevated(actor, now)
    day = day_of(now)
    elsewhere = (
        Appointment.objects.filter(Q(until=None) | Q(until__gte=day), person__in=people, from_day__lte=day)
        .exclude(post__org__in=scope(actor, MANAGE))
        .select_related("person", "post__org")
        .first()
    )
    if elsewhere:
        raise Refused(
            "forbidden-other-posts",
            f"{elsewhere.person.name} 还在{elsewhere.post.org.name}任职，账号要由能管理这两个单位的"
            "管理员办理。请联系教育局的系统管理员。",
        )
    return people


def _accounts(actor: Actor, account_ids: Collection[UUID], now: datetime) -> list[Account]:
    """The accounts, locked, each with its person, ordered by name; `not-found` when one is not there."""
    # Accounts are not behind the second lock, people are: a foreign person is not there.
    asked = Account.objects.filter(county_id=actor.county_id, id__in=account_ids)
    people = {one.id: one for one in _people(actor, set(asked.values_list("person_id", flat=True)), now)}
    accounts = list(asked.select_for_update())
    if not accounts or len(accounts) != len(set(account_ids)):
        raise not_found()
    for account in accounts:
        account.person = people[account.person_id]
    return sorted(accounts, key=lambda account: (account.person.name, str(account.id)))


def _phone(person: Person, typed: str) -> tuple[str, str]:
    """Ciphertext and keyed hash of a mobile number."""
    if not typed.strip():
        return "", ""
    phone = rules.plain_phone(typed)
    if phone is None:
        raise Refused("invalid-phone", "这不是 11 位的手机号码。请核对后再填，没有手机可以不填。")
    return keys.encrypt(person.id, phone), keys.fingerprint("phone", phone)
