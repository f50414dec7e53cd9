"""Every school answers a notice at the same moment; is any answer lost, and does the collation add up?"""

import argparse
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast
from uuid import UUID, uuid4

from django.db import connections
from django.db.backends.postgresql.base import DatabaseWrapper
from django.db.models import IntegerField, Sum
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from benchmarks import county
from benchmarks.bare import inserter, make_tables, written_by
from benchmarks.house import House
from benchmarks.measuring import percentile, statements
from benchmarks.proof import WARM_UP, figures, together
from benchmarks.report import Report
from huyuan.kernel.days import SHANGHAI, start_of
from huyuan.orgs.actor import Actor, Holding, system_actor
from huyuan.orgs.models import Appointment
from huyuan.orgs.session import acting
from huyuan.papers import queries, sheets
from huyuan.papers.actions import notice_answer, notice_draft, notice_issue
from huyuan.papers.models import NoticeAnswer
from sample.county import CODE, SCHOOLS

CLIENTS = 8
TABLE = {
    "title": ["消防器材统计"],
    "text": ["请各校清点后填报。"],
    "asks": ["table"],
    "many": ["no"],
    "columns.0.label": ["灭火器"],
    "columns.0.kind": ["count"],
    "columns.1.label": ["消火栓"],
    "columns.1.kind": ["count"],
    "columns.2.label": ["合计"],
    "columns.2.kind": ["total"],
}


def arguments(parser: argparse.ArgumentParser) -> None:
    """`--schools 300`"""
    parser.add_argument("--schools", type=int, default=300, help="schools that answer (default 300)")
    parser.add_argument("--until", type=date.fromisoformat, default=date(2026, 10, 1), help="data up to then")


def run(house: House, options: argparse.Namespace) -> Report:
    """One notice to all schools, answered by eight clients, each for its share of the schools."""
    database = house.database("notice")
    county.make(database, schools=max(options.schools, len(SCHOOLS)), now=start_of(options.until))
    urls = {"superuser_url": database.superuser_url, "owner_url": database.owner_url}
    about, answered, collated = database.run(measure, schools=options.schools, **urls)
    report = Report("notice")
    report.about = about
    report.tables["answering at once, 8 clients; floor: the same rows inserted bare"] = [answered]
    report.tables["collating what was answered; floor: SQL sum over the same answers"] = [collated]
    return report


def measure(
    schools: int, superuser_url: str, owner_url: str
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """What one answer writes, the latencies beside their floor, and the collation beside its own."""
    with acting(system_actor("测速", CODE)):
        bureau, bureau_id = holders("bureau-officer", 1)[0]
        answerers = holders("head", schools)
    rehearsal, notice = (issued(bureau, bureau_id, answerers) for _ in range(2))
    save = answering(answerers[:1], rehearsal, rehearsal)
    save()
    written = written_by(save, superuser_url)
    with statements() as sent:
        save()
    connections.close_all()
    cast(DatabaseWrapper, connections["default"]).close_pool()
    each = len(answerers) // CLIENTS
    share = [answerers[number * each : (number + 1) * each] for number in range(CLIENTS)]
    ours = together(CLIENTS, each, lambda number: answering(share[number], rehearsal, notice))
    make_tables(owner_url, written)
    floor = together(CLIENTS, each, lambda number: inserter(owner_url, written))
    answered = {
        "clients": CLIENTS,
        "answers": CLIENTS * each,
        "seconds": ours[1],
        **figures(ours, ""),
        **figures(floor, "floor_"),
        "ratio_p50": percentile(ours[0], 50) / percentile(floor[0], 50),
    }
    collated = collation(bureau, notice)
    answered["lost"] = answered["answers"] - collated["answers"]
    about = {"rows": {table: len(rows) for table, _, rows in written}, "statements": len(sent)}
    return about, answered, collated


def collation(bureau: Actor, notice_id: UUID) -> dict[str, Any]:
    """The workbook, and the sums of its answers beside those that the database counts."""
    with acting(bureau):
        before = time.perf_counter()
        notice = queries.notice_seen(bureau, notice_id)
        table = sheets.collate(queries.questions_of(notice), queries.answers_standing(notice))
        content = sheets.collation(notice, table, [], made_by=bureau.name, now=datetime.now(UTC))
        seconds = time.perf_counter() - before
        before = time.perf_counter()
        counted = NoticeAnswer.objects.filter(notice=notice, standing=True).aggregate(
            **{name: Sum(Cast(KT(f"body__{name}"), IntegerField())) for name in table.sums}
        )
        floor = time.perf_counter() - before
    return {
        "answers": len(table.rows),
        "seconds": seconds,
        "kb": len(content) / 1024,
        "sums_differ": sum(counted[name] != value for name, value in table.sums.items()),
        "floor_s": floor,
        "ratio": seconds / floor,
    }


def issued(bureau: Actor, bureau_id: UUID, answerers: list[tuple[Actor, UUID]]) -> UUID:
    """A notice to all these schools, due the day after tomorrow."""
    now = datetime.now(UTC)
    due = f"{(now + timedelta(days=2)).astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    with acting(bureau):
        draft = notice_draft(
            actor=bureau,
            org_id=bureau_id,
            client_id=uuid4(),
            answers={**TABLE, "due": [due]},
            uploads={},
            now=now,
        )
        org_ids = [org_id for _, org_id in answerers]
        return notice_issue(actor=bureau, notice_id=draft.id, org_ids=org_ids, now=now).id


def answering(share: list[tuple[Actor, UUID]], rehearsal: UUID, notice: UUID) -> Callable[[], None]:
    """Answers for one school after the other, as its request does: scope, answer, commit. The client's first
    rounds, which warm it up, go to another notice."""
    rounds = 0

    def answer() -> None:
        nonlocal rounds
        number = rounds - WARM_UP
        rounds += 1
        actor, org_id = share[number % len(share)]
        given = {"c1": [f"{10 + number % 7}"], "c2": ["3"], "c3": [f"{13 + number % 7}"]}
        with acting(actor):
            notice_answer(
                actor=actor,
                notice_id=rehearsal if number < 0 else notice,
                org_id=org_id,
                client_id=uuid4(),
                answers=given,
                uploads={},
                now=datetime.now(UTC),
            )

    return answer


def holders(post: str, most: int) -> list[tuple[Actor, UUID]]:
    """Who holds this kind of post, with the organisation; one for each organisation."""
    held = (
        Appointment.objects.filter(post__kind=post, acting=False, until=None)
        .select_related("post__org", "person")
        .order_by("post__org_id", "id")
        .distinct("post__org_id")
    )
    found = []
    for one in held[:most]:
        org = one.post.org
        holding = Holding(one.post_id, post, org.id, org.kind, title=one.post.title, org_name=org.name)
        found.append((Actor(CODE, one.person_id, one.person.name, (holding,)), org.id))
    return found
