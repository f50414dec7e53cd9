"""The code at the gate of one school of the sample county, and what came through it."""

from datetime import datetime, timedelta

from huyuan.cases import actions
from huyuan.cases.actions.gate import JOB
from huyuan.orgs.actor import system_actor
from huyuan.orgs.session import acting
from sample.county import CODE, DEMO_SCHOOL
from sample.risks import County, key_of

# What, where, which, how many hours ago.
SAID: tuple[tuple[str, str, str, int], ...] = (
    ("hazard", "东门口人行道", "下水井盖松动，踩上去会翘起来，接孩子的人多。", 26),
    ("suggestion", "西门接送区", "下午四点多车和人混在一起，建议分年级错开十分钟放学。", 75),
)
ANSWER = "已和各班商量好：从下周一起，小班、中班、大班每隔十分钟放学，西门安排两名老师值守。"


def enter(county: County, now: datetime) -> str:
    """A code, a hazard that nobody has dealt with, a suggestion that was answered. Says what."""
    org, safety = county.orgs[DEMO_SCHOOL], county.actor(DEMO_SCHOOL, "safety-officer")
    with acting(safety):
        code = actions.make_code(actor=safety, org_id=org.id, now=now - timedelta(days=20))
    with acting(system_actor(JOB, CODE)):
        voices = [
            actions.receive(
                code=code, client_id=key_of(org, spot), kind=kind, spot=spot, content=content,
                now=now - timedelta(hours=hours),
            )[0]
            for kind, spot, content, hours in SAID
        ]  # fmt: skip
    with acting(safety):
        actions.answer(actor=safety, voice_id=voices[1].id, text=ANSWER, now=now - timedelta(hours=20))
    return f"家长和群众反映 {len(voices)} 件"
