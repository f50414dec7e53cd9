"""What changes with the day: liaisons begin and end, sign-ins and attempts grow old. And text messages."""

import logging
from datetime import UTC, datetime
from uuid import UUID

from procrastinate.contrib.django import app

from huyuan.kernel.days import day_of
from huyuan.orgs import outside, rules
from huyuan.orgs.actions import attempts, close_accounts_of_leavers, rebuild_reach
from huyuan.orgs.actor import system_actor
from huyuan.orgs.models import Account
from huyuan.orgs.queries import counties
from huyuan.orgs.session import acting
from huyuan.orgs.signins import SessionStore
from huyuan.trace import keys

log = logging.getLogger(__name__)


@app.periodic(cron="5 16 * * *")
@app.task(name="orgs.rebuild_reach", queueing_lock="orgs.rebuild_reach")
def rebuild_all_reach(timestamp: int) -> None:
    """Shortly after midnight in Shanghai (16:00 UTC)."""
    now = datetime.now(UTC)
    today = day_of(now)
    for county_id in counties():
        with acting(system_actor("更新单位关系", county_id)) as actor:
            rebuild_reach(county_id, today)
            close_accounts_of_leavers(actor=actor, now=now)


@app.periodic(cron="20 * * * *")
@app.task(name="orgs.forget", queueing_lock="orgs.forget")
def forget(timestamp: int) -> None:
    """Remove sessions that have ended by themselves, and attempts that no limit looks at any more."""
    SessionStore.clear_expired()
    attempts.forget_old(datetime.now(UTC))


def send_code(person_id: UUID, code: str) -> None:
    """Have a one-time code sent as a text message; the job holds it as ciphertext."""
    text_code.defer(person_id=str(person_id), sealed=keys.encrypt(person_id, code))


@app.task(name="orgs.text_code")
def text_code(person_id: str, sealed: str) -> None:
    """Send it once: a code that comes twice or late only confuses, whoever waits asks again."""
    account = Account.objects.get(person_id=person_id)
    code = keys.decrypt(account.person_id, sealed)
    phone = keys.decrypt(account.person_id, account.phone)
    minutes = rules.TEXT_CODE_MINUTES
    text = f"【护园】您的激活码是 {code}，{minutes} 分钟内有效。不是您本人申请的请不要理会，也不要告诉别人。"
    try:
        outside.send_text(phone, text)
    except outside.Unreachable as error:
        log.error("text message not sent: %s", error)
