"""Health and figures for those who watch over the program, before anything else of it is asked.

`/healthz/live`: this process answers. `/healthz/ready`: the database answers too, and the schema is up to
date. `/metrics`: Prometheus text. The last two for HUYUAN_MONITORS alone; others are told there is nothing.
"""

from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from huyuan.orgs.request import address_of

# name, type, what it is, the query that counts it (one row for each value of the label, if there is one).
FIGURES: tuple[tuple[str, str, str, str, str], ...] = (
    ("huyuan_database_bytes", "gauge", "Size of the database.", "",
     "SELECT pg_database_size(current_database())"),
    ("huyuan_database_connections", "gauge", "Connections to the database.", "",
     "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"),
    ("huyuan_jobs", "gauge", "Jobs by state.", "state",
     "SELECT count(*), status::text FROM procrastinate_jobs GROUP BY status ORDER BY status"),
    ("huyuan_oldest_job_seconds", "gauge", "Age of the oldest job that is due.", "",
     "SELECT coalesce(max(extract(epoch FROM now() - coalesce(job.scheduled_at, event.at))), 0)"
     " FROM procrastinate_jobs AS job"
     " JOIN procrastinate_events AS event ON event.job_id = job.id AND event.type = 'deferred'"
     " WHERE job.status = 'todo' AND coalesce(job.scheduled_at, now()) <= now()"),
    ("huyuan_last_seal_age_seconds", "gauge", "Time since the newest seal.", "",
     "SELECT coalesce(extract(epoch FROM now() - max(sealed_at)), 0) FROM trace_seal"),
    ("huyuan_accounts", "gauge", "Accounts that may sign in.", "",
     "SELECT count(*) FROM orgs_account WHERE is_active"),
    ("huyuan_sign_ins", "gauge", "Running sign-ins.", "",
     "SELECT count(*) FROM orgs_signin WHERE account_id IS NOT NULL AND expire_date > now()"),
    ("huyuan_failed_attempts", "gauge", "Attempts to sign in of the last quarter of an hour that failed.", "",
     "SELECT count(DISTINCT at) FROM orgs_attempt WHERE at > now() - interval '15 minutes'"),
)  # fmt: skip


class HealthMiddleware:
    """First of all: hosts, sessions and permissions do not matter to a monitor."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        answer = {"/healthz/live": live, "/healthz/ready": ready, "/metrics": metrics}.get(request.path)
        return answer(request) if answer else self.get_response(request)


def live(request: HttpRequest) -> HttpResponse:
    """This process answers."""
    return text("ok\n")


def ready(request: HttpRequest) -> HttpResponse:
    """The database answers and knows everything that this version needs."""
    if not watches(request):
        return text("", 404)
    try:
        executor = MigrationExecutor(connections["default"])
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        return text(f"database: {type(error).__name__}\n", 503)
    return text(f"schema: {len(waiting)} migrations are missing\n", 503) if waiting else text("ok\n")


def metrics(request: HttpRequest) -> HttpResponse:
    """Every figure, asked of the database now: all processes tell the same."""
    if not watches(request):
        return text("", 404)
    lines = []
    try:
        with connections["default"].cursor() as cursor:
            for name, kind, help, label, query in FIGURES:
                lines += [f"# HELP {name} {help}", f"# TYPE {name} {kind}"]
                cursor.execute(query)
                for value, *labels in cursor.fetchall():
                    lines.append(f'{name}{{{label}="{labels[0]}"}} {value}' if label else f"{name} {value}")
    except DatabaseError as error:
        return text(f"# database: {type(error).__name__}\n", 503)
    return text("\n".join(lines) + "\n", kind="text/plain; version=0.0.4")


def watches(request: HttpRequest) -> bool:
    """Does a monitor ask? Not somebody whom a proxy that we do not know lets through."""
    unknown_proxy = (
        "X-Forwarded-For" in request.headers and request.META["REMOTE_ADDR"] not in settings.PROXIES
    )
    return not unknown_proxy and address_of(request) in settings.MONITORS


def text(content: str, status: int = 200, kind: str = "text/plain") -> HttpResponse:
    """An answer that nobody keeps."""
    headers = {"Cache-Control": "no-store"}
    return HttpResponse(content, status=status, content_type=f"{kind}; charset=utf-8", headers=headers)
