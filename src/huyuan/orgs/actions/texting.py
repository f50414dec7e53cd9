"""Activation codes sent as text messages instead of printed: nobody but their owner sees them."""

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from huyuan.kernel.errors import Refused
from huyuan.orgs import outside, rules
from huyuan.orgs.actions import attempts
from huyuan.orgs.actions.accounts import Slip, issue_slips, withdraw_slips
from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Account
from huyuan.orgs.session import acting
from huyuan.trace import actions as trace
from huyuan.trace import keys

MOST = 20  # people at a time: somebody waits for the page while the gateway is asked
AT_ONCE = 10  # requests to the gateway


class Texted(NamedTuple):
    """What became of the message to one person. `failed`: why none went out; empty where one did."""

    account: Account
    failed: str


def text_slips(*, actor: Actor, account_ids: Collection[UUID], address: str, now: datetime) -> list[Texted]:
    """A fresh one-time code for each account, sent by the gateway, ordered by name. `address`: where codes
    are used. Of whoever no message reached the slip is withdrawn. Messages to one number are as few as those
    that people ask for themselves.

    Raises Refused `invalid-many`, and what `issue_slips` raises.
    """
    if len(account_ids) > MOST:
        raise Refused("invalid-many", f"短信一次最多发给 {MOST} 人。请少选几个，分几次发。")
    with acting(actor):
        slips = issue_slips(actor=actor, account_ids=account_ids, by="text", now=now)
        why = {slip.account.id: _unreached(slip.account, now) for slip in slips}
        reached = [slip for slip in slips if not why[slip.account.id]]
        messages = [_message(slip, address) for slip in reached]
        # A message cannot be taken back: what the commit would refuse is refused before any goes out.
        connection.check_constraints()
        with ThreadPoolExecutor(AT_ONCE) as gateway:
            answers = gateway.map(_send, messages)
            why |= {slip.account.id: answer for slip, answer in zip(reached, answers, strict=True)}
        failed = [slip.account for slip in slips if why[slip.account.id]]
        withdraw_slips([account.person_id for account in failed], now)
        acts = [
            trace.Act("withdraw-slip", "orgs_account", one.id, one.person.home_id, None, {"why": why[one.id]})
            for one in failed
        ]
        trace.record_all(actor.snapshot(), acts, now=now)
    return [Texted(slip.account, why[slip.account.id]) for slip in slips]


def _unreached(account: Account, now: datetime) -> str:
    """Why no message is sent; empty: one is."""
    if not account.phone:
        return "没有登记手机号。请先补上手机号，或打印激活单。"
    try:
        attempts.begin({"text": keys.decrypt(account.person_id, account.phone)}, now)
    except attempts.Locked as locked:
        return f"给这个号码发得太多了。请过 {locked.facts['minutes']} 分钟再发，或打印激活单。"
    return ""


def _message(slip: Slip, address: str) -> tuple[str, str]:
    account = slip.account
    text = (
        f"【护园】您的账号是 {account.username}，激活码 {slip.code}，{rules.SLIP_DAYS} 天内有效，只能用一次。"
        f"打开 {address} 设自己的密码。不要把激活码告诉别人。"
    )
    return keys.decrypt(account.person_id, account.phone), text


def _send(message: tuple[str, str]) -> str:
    """Why the gateway did not take it; empty: it did. Runs beside others: it asks no database."""
    try:
        outside.send_text(*message)
    except outside.Unreachable:
        return "短信网关没有收下。请核对手机号后再发，或打印激活单。"
    return ""
