"""Opening an address that carries a token: of which only a keyed hash is kept, with the county in the clear,
in which alone it is looked for (docs/adr/0015-recorded-for-others.md)."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar

from django.db.models import Model, QuerySet

from huyuan.kernel.errors import Refused
from huyuan.orgs.actions import attempts
from huyuan.orgs.actor import system_actor
from huyuan.orgs.session import acting
from huyuan.trace import keys

Found = TypeVar("Found", bound=Model)
TOKEN = re.compile(r"(\d{6})-([A-Za-z0-9_-]{12,64})")
WRONG = "这个链接不对或不完整。请检查是否复制完整，或重新扫码。"


def digest(token: str) -> str:
    """By which a token is found again."""
    return keys.fingerprint("case-token", token)


@contextmanager
def opened(rows: QuerySet[Found], token: str, job: str, *, address: str, now: datetime) -> Iterator[Found]:
    """The row with this token, in a transaction in which the job of that name sees its county. Tokens that
    were never made are counted by network address. Raises Refused: `forbidden-locked`, `not-found`."""
    try:
        tried = attempts.begin({"link": address}, now)
    except attempts.Locked as locked:
        raise too_often("forbidden-locked", "从这里打开不对的链接次数太多", locked) from None
    match = TOKEN.fullmatch(token)
    with acting(system_actor(job, int(match[1]) if match else 0)):
        row = rows.filter(token_digest=digest(token)).first()
        if row is None:
            raise Refused("not-found", WRONG)
        yield row
    attempts.succeeded({"link": address}, tried)


def too_often(code: str, happened: str, locked: attempts.Locked) -> Refused:
    """What somebody who is held off reads."""
    minutes = locked.facts["minutes"]
    text = f"{happened}，这一次没有收下。请过 {minutes} 分钟再试；紧急情况请直接拨打 110、119、120。"
    return Refused(code, text, minutes=minutes)
