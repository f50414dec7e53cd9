"""Text messages with confirmation links."""

import logging
from uuid import UUID

from procrastinate.contrib.django import app

from huyuan.orgs import outside
from huyuan.orgs.models import Account
from huyuan.registers.rules import LINK_DAYS
from huyuan.trace import keys

log = logging.getLogger(__name__)


def send_link(person_id: UUID, recorder: str, address: str) -> None:
    """Have a confirmation link sent to a person's mobile number; the job holds it as ciphertext."""
    text_link.defer(person_id=str(person_id), recorder=recorder, sealed=keys.encrypt(person_id, address))


@app.task(name="registers.text_link")
def text_link(person_id: str, recorder: str, sealed: str) -> None:
    """Send it once; whoever misses it asks the recorder for another one."""
    account = Account.objects.get(person_id=person_id)
    address = keys.decrypt(account.person_id, sealed)
    text = f"【护园】{recorder}代贵单位登记了一项工作，请在{LINK_DAYS}天内核对：{address} 不用登录。"
    try:
        outside.send_text(keys.decrypt(account.person_id, account.phone), text)
    except outside.Unreachable as error:
        log.error("text message not sent: %s", error)
