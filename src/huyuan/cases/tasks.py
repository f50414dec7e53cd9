"""Reminders of hazards, every hour; telephone numbers that nobody needs any more, every night; text messages
with links."""

import logging
from datetime import UTC, datetime
from uuid import UUID

from procrastinate.contrib.django import app

from huyuan.cases.actions.answering import forget_phones
from huyuan.cases.actions.caring import erase_due
from huyuan.cases.actions.reminding import remind_due
from huyuan.orgs import outside
from huyuan.orgs.actor import system_actor
from huyuan.orgs.models import Account
from huyuan.orgs.queries import counties
from huyuan.orgs.session import acting
from huyuan.registers.rules import LINK_DAYS
from huyuan.trace import keys

log = logging.getLogger(__name__)


@app.periodic(cron="17 * * * *")
@app.task(name="cases.remind", queueing_lock="cases.remind")
def remind_all(timestamp: int) -> None:
    """In every county, whoever has the turn with what is nearly or newly due."""
    now = datetime.now(UTC)
    for county_id in counties():
        with acting(system_actor("提醒隐患整改", county_id)):
            remind_due(now=now)


@app.periodic(cron="41 3 * * *")
@app.task(name="cases.forget_phones", queueing_lock="cases.forget_phones")
def forget_all(timestamp: int) -> None:
    """In every county, the numbers that came with what was answered long enough ago."""
    now = datetime.now(UTC)
    for county_id in counties():
        with acting(system_actor("删除反映人电话", county_id)):
            forget_phones(now=now)


def send_link(person_id: UUID, giver: str, address: str) -> None:
    """Have a link to a part sent to a person's mobile number; the job holds it as ciphertext."""
    text_link.defer(person_id=str(person_id), giver=giver, sealed=keys.encrypt(person_id, address))


@app.task(name="cases.text_link")
def text_link(person_id: str, giver: str, sealed: str) -> None:
    """Send it once; whoever misses it asks for another one."""
    account = Account.objects.get(person_id=person_id)
    address = keys.decrypt(account.person_id, sealed)
    text = f"【护园】{giver}请贵单位办理一处校园隐患，请在{LINK_DAYS}天内打开：{address} 不用登录。"
    try:
        outside.send_text(keys.decrypt(account.person_id, account.phone), text)
    except outside.Unreachable as error:
        log.error("text message not sent: %s", error)


@app.periodic(cron="23 3 * * *")
@app.task(name="cases.erase", queueing_lock="cases.erase")
def erase_all(timestamp: int) -> None:
    """In every county, what was noted of children and is due to be erased."""
    now = datetime.now(UTC)
    for county_id in counties():
        with acting(system_actor("到期删除关爱帮教内容", county_id)):
            erase_due(now=now)
