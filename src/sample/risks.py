"""Risk notices, the regional list and some schools' ledgers of the sample county, entered through the
actions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

from huyuan.kernel.days import at, day_of
from huyuan.orgs.actor import Actor, actor_for
from huyuan.orgs.models import Account, Organisation, Person
from huyuan.orgs.session import acting
from huyuan.risks import actions, queries
from huyuan.risks.models import RiskNotice, RiskPoint
from sample.county import CODE, DEMO_SCHOOL

# What is common in schools: risk, category, level, where, controls, is a major hazard source.
REGIONAL: tuple[tuple[str, str, str, str, str, bool], ...] = (
    ("上下学时段校门口人车混行", "traffic", "larger", "校门口道路", "错时放学，值守分流，设护栏。", False),
    ("食堂燃气泄漏", "fire", "major", "食堂操作间、燃气间", "装报警器，每日收工关阀并登记。", True),
    ("楼梯间课间拥挤", "buildings", "larger", "教学楼楼梯口", "错时下课，楼层教师值守。", False),
    ("老旧线路、取暖用电超负荷", "electricity", "larger", "教室、宿舍", "不私接电器，每月测温。", False),
    ("校园附近河塘无防护", "flood", "major", "周边水域", "设警示牌和护栏，节假日前专门提醒。", False),
    ("运动器材松动", "equipment", "minor", "操场、体育器材室", "每周紧固检查，损坏的停用并围挡。", False),
)  # fmt: skip
BUREAU = "education-bureau"
SCHOOLS = (DEMO_SCHOOL, "no1-high", "zhuao-point")
"""Whose ledgers hold something; the others still have to begin."""


def enter(county: "County", now: datetime) -> str:
    """Two notices, the regional list, three ledgers, an analysis for each month that is over. Says what."""
    items = regional_list(county)
    points = sum(ledger(county, key, items) for key in SCHOOLS)
    months = analyses(county)
    notices = [
        warn(county, "station-城关镇", "police-liaison", STATION, now - timedelta(hours=20)),
        warn(county, "traffic-police", "traffic-officer", SQUAD, now - timedelta(hours=5)),
    ]
    answer(county, notices[0], "no1-high", now - timedelta(hours=3))
    return f"风险提示 {len(notices)} 份，风险点 {len(items) + points} 处，研判 {months} 次"


@dataclass(frozen=True)
class County:
    """Who holds which post, as `load.Rows` has it."""

    orgs: Mapping[str, Organisation]
    holders: Mapping[tuple[str, str], Sequence[Person]]
    since: date
    today: date

    def actor(self, org: str, post: str) -> Actor:
        """The first holder of a post, with all posts of the day."""
        return actor_for(Account(county_id=CODE, person=self.holders[org, post][0]), self.today)


def key_of(org: Organisation, what: str) -> UUID:
    """The same for the same thing, so that the sample is the same on the same day."""
    return uuid5(org.id, f"risks/{what}")


def regional_list(county: County) -> list[RiskPoint]:
    """The bureau's list, written in the second week of the term and gone through in the fourth."""
    actor, org = county.actor(BUREAU, "bureau-officer"), county.orgs[BUREAU]
    since, today = county.since, county.today
    written = at(since + timedelta(days=8), "10:00")
    found = []
    with acting(actor):
        for what, category, level, spot, controls, major in REGIONAL:
            answers = {
                "what": [what], "category": [category], "level": [level], "spot": [spot],
                "controls": [controls], "major_source": ["yes" if major else "no"],
                "watch_post": ["bureau-officer"], "review_on": [str(today + timedelta(days=60))],
            }  # fmt: skip
            found.append(
                actions.risk_point_add(
                    actor=actor, org_id=org.id, client_id=key_of(org, what), answers=answers, now=written
                )
            )
        gone_through = at(since + timedelta(days=22), "15:00")
        if day_of(gone_through) <= today:
            actions.risk_list_review(
                actor=actor, org_id=org.id, client_id=key_of(org, "round"), now=gone_through
            )
    return found


def ledger(county: County, key: str, items: Sequence[RiskPoint]) -> int:
    """What a school took over, with a review that is overdue and one that is done; how many."""
    org, today = county.orgs[key], county.today
    actor = county.actor(key, "head" if org.kind == "teaching-point" else "safety-officer")
    taken_at = at(county.since + timedelta(days=10), "16:00")
    with acting(actor):
        points = [
            actions.risk_point_adopt(actor=actor, point_id=item.id, org_id=org.id, now=taken_at)
            for item in items[: 5 if org.key == DEMO_SCHOOL else 3]
        ]
        for point, ahead in zip(points, (25, -3), strict=False):
            reviewed = at(today - timedelta(days=9), "09:30")
            if day_of(reviewed) > day_of(taken_at):
                actions.risk_point_review(
                    actor=actor, point_id=point.id, client_id=key_of(org, str(point.id)),
                    found="管控措施在落实，没有新的变化。", next_on=today + timedelta(days=ahead),
                    now=reviewed,
                )  # fmt: skip
    return len(points)


def analyses(county: County) -> int:
    """What the bureau concluded on the 27th of each month; how many."""
    actor, org = county.actor(BUREAU, "bureau-officer"), county.orgs[BUREAU]
    count, day = 0, county.since.replace(day=27)
    while day < county.today:
        with acting(actor):
            actions.risk_analyse(
                actor=actor, org_id=org.id, client_id=key_of(org, f"analysis/{day}"),
                basis=list(queries.bases()),
                conclusion="消防、用电类隐患随天气转冷增多，下月专项检查，并通报各校防范。", warned=[],
                now=at(day, "16:30"),
            )  # fmt: skip
        count, day = count + 1, (day + timedelta(days=31)).replace(day=27)
    return count


STATION = (
    "traffic",
    "城关大道与学府路路口",
    "道路开挖占用人行道。请上下学时段在路口增派2名教职工值守，提醒家长绕行。",
)
SQUAD = (
    "weather",
    "各校校门口结冰路段",
    "夜间降温，早晨路面可能结冰。请提前撒盐防滑，校车早班减速、推迟发车。",
)


def warn(county: County, key: str, post: str, said: tuple[str, str, str], issued: datetime) -> RiskNotice:
    """A notice to every school that the agency is linked with."""
    kind, place, measure = said
    actor, org, today = county.actor(key, post), county.orgs[key], county.today
    answers = {
        "kind": [kind], "place": [place], "measure": [measure], "to": ["all"],
        "starts": [f"{day_of(issued)} 07:00"], "ends": [f"{today + timedelta(days=4)} 18:00"],
        "expires": [str(today + timedelta(days=5))],
    }  # fmt: skip
    with acting(actor):
        return actions.risk_notice_issue(
            actor=actor, org_id=org.id, client_id=key_of(org, place), answers=answers, uploads={},
            now=issued,
        )  # fmt: skip


def answer(county: County, notice: RiskNotice, key: str, when: datetime) -> None:
    """One school has signed and says what it did."""
    actor, org = county.actor(key, "safety-officer"), county.orgs[key]
    with acting(actor):
        actions.risk_notice_measures(
            actor=actor, risk_id=notice.id, org_id=org.id, client_id=key_of(org, str(notice.id)),
            text="已安排2名教职工每天在路口值守，班级群提醒家长绕行。", now=when,
        )  # fmt: skip
