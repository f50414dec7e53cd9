"""Who hears that an organisation answered for what was recorded in its name (代录)."""

from datetime import datetime

from django.urls import reverse

from huyuan.notify.actions import Line, send_all
from huyuan.orgs.grants import BUREAU
from huyuan.orgs.models import Reach
from huyuan.registers.after import ANSWERED
from huyuan.registers.models import ConfirmationLink
from huyuan.registers.permissions import PROXY

BUREAU_KIND = "education-bureau"


def tell_of_answer(link: ConfirmationLink, now: datetime) -> None:
    """Whoever recorded it hears of the answer; of a contradiction the bureau above does too."""
    told = [(link.keeper_id, post) for post in PROXY]
    said = "确认属实"
    if link.answer == "contradicted":
        said = f"说与事实不符：{link.reason}"
        above = Reach.objects.filter(org_id=link.keeper_id, relation="below", viewer__kind=BUREAU_KIND)
        told += [(bureau, post) for bureau in above.values_list("viewer_id", flat=True) for post in BUREAU]
    entry = link.entry
    text = f"代录：{link.org.name}对{link.keeper.name}代它登记的“{entry.form.title}”（{entry.number}）{said}"
    url = reverse("registers:entry", args=[entry.id])
    lines = [Line(org_id, post, f"link:{link.id}", text[:200], url) for org_id, post in told]
    send_all(lines, now=now)


def register_listener() -> None:
    """Called once, when the program starts."""
    ANSWERED.append(tell_of_answer)
