"""Saving one entry with its proof rows, at 1 and 8 clients, beside the bare insert of the same rows."""

import argparse
import multiprocessing
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from typing import Any, cast
from uuid import UUID, uuid4

from django.db import connections
from django.db.backends.postgresql.base import DatabaseWrapper

from benchmarks import county
from benchmarks.bare import inserter, make_tables, written_by
from benchmarks.house import House
from benchmarks.measuring import percentile, statements
from benchmarks.report import Report
from huyuan.kernel.days import SHANGHAI, start_of
from huyuan.orgs.actor import Actor, Holding, system_actor
from huyuan.orgs.models import Appointment
from huyuan.orgs.session import acting
from huyuan.registers.actions import submit
from huyuan.registers.queries import current_form
from sample.county import CODE, SCHOOLS

# One act and two measures, filled in by the school's safety officer.
FORM, POST = "guard-check", "safety-officer"
WARM_UP = 20


def arguments(parser: argparse.ArgumentParser) -> None:
    """`--clients 1,8 --saves 300`"""
    parser.add_argument(
        "--clients",
        type=county.numbers,
        default=[1, 8],
        help="numbers of clients, each a process with its own connection (default 1,8)",
    )
    parser.add_argument("--until", type=date.fromisoformat, default=date(2026, 10, 1), help="data up to then")
    parser.add_argument("--saves", type=int, default=300, help="saves of each client (default 300)")


def run(house: House, options: argparse.Namespace) -> Report:
    """All numbers of clients on one database, the floor of each right after it."""
    database = house.database("proof")
    county.make(database, schools=len(SCHOOLS), now=start_of(options.until))
    report = Report("proof")
    urls = {"superuser_url": database.superuser_url, "owner_url": database.owner_url}
    report.about = {"form": FORM, **database.run(describe, **urls)}
    report.tables["saving an entry through registers.actions.submit; floor: the same rows inserted bare"] = [
        database.run(measure, clients=clients, saves=options.saves, **urls) for clients in options.clients
    ]
    return report


def describe(superuser_url: str, owner_url: str) -> dict[str, Any]:
    """What one save writes and how many statements it takes."""
    save = saver(0)
    save()
    written = written_by(save, superuser_url)
    with statements() as sent:
        save()
    return {"rows": {table: len(rows) for table, _, rows in written}, "statements": len(sent)}


def measure(clients: int, saves: int, superuser_url: str, owner_url: str) -> dict[str, Any]:
    """Latencies in ms: the program's, the floor's, and their ratio."""
    save = saver(0)
    save()
    written = written_by(save, superuser_url)
    # The clients are forked: no connection may be open then.
    connections.close_all()
    cast(DatabaseWrapper, connections["default"]).close_pool()
    ours = together(clients, saves, saver)
    make_tables(owner_url, written)
    floor = together(clients, saves, lambda number: inserter(owner_url, written))
    return {
        "clients": clients,
        "saves": clients * saves,
        **figures(ours, ""),
        **figures(floor, "floor_"),
        "ratio_p50": percentile(ours[0], 50) / percentile(floor[0], 50),
        "ratio_p99": percentile(ours[0], 99) / percentile(floor[0], 99),
    }


def figures(measured: tuple[list[float], float], prefix: str) -> dict[str, float]:
    latencies, seconds = measured
    return {
        f"{prefix}p50_ms": percentile(latencies, 50) * 1000,
        f"{prefix}p99_ms": percentile(latencies, 99) * 1000,
        f"{prefix}per_s": len(latencies) / seconds,
    }


def together(
    clients: int, saves: int, prepare: Callable[[int], Callable[[], None]]
) -> tuple[list[float], float]:
    """The seconds of every save, and those from the common start to the end of the last client."""
    processes = multiprocessing.get_context("fork")
    start = processes.Barrier(clients)
    ends = [processes.Pipe(duplex=False) for _ in range(clients)]
    workers = [
        processes.Process(target=client, args=(prepare, number, saves, start, sender))
        for number, (_, sender) in enumerate(ends)
    ]
    for worker in workers:
        worker.start()
    told = [receiver.recv() for receiver, _ in ends]
    for worker in workers:
        worker.join()
    begun, ended = min(first for first, _, _ in told), max(last for _, last, _ in told)
    return [seconds for _, _, each in told for seconds in each], ended - begun


def client(
    prepare: Callable[[int], Callable[[], None]], number: int, saves: int, start: Barrier, tell: Connection
) -> None:
    """One client: warms up, waits for the others, saves one after the other."""
    save = prepare(number)
    for _ in range(WARM_UP):
        save()
    start.wait(60)
    begun = time.perf_counter()
    latencies = []
    for _ in range(saves):
        before = time.perf_counter()
        save()
        latencies.append(time.perf_counter() - before)
    tell.send((begun, time.perf_counter(), latencies))


def saver(number: int) -> Callable[[], None]:
    """Saves an entry of the n-th school, as its request does: scope, submit, commit."""
    with acting(system_actor("测速", CODE)):
        actor, org_id = officer(number)
        form_id = current_form(FORM).id

    def save() -> None:
        now = datetime.now(UTC)
        answers = {
            "at": [f"{now.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"],
            "on_post": ["4"],
            "uniform": ["yes"],
            "badge": ["yes"],
        }
        with acting(actor):
            submit(actor=actor, form_id=form_id, org_id=org_id, client_id=uuid4(), answers=answers, now=now)

    return save


def officer(number: int) -> tuple[Actor, UUID]:
    """The safety officer of the n-th school that has one."""
    held = (
        Appointment.objects.filter(post__kind=POST, acting=False)
        .select_related("post__org", "person")
        .order_by("post__org_id")[number]
    )
    org = held.post.org
    holding = Holding(held.post_id, POST, org.id, org.kind, title=held.post.title, org_name=org.name)
    return Actor(CODE, held.person_id, held.person.name, (holding,)), org.id
