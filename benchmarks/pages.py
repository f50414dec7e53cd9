"""Pages with a term of data: milliseconds, statements, bytes, and CPU beside an empty Django request."""

import argparse
import gzip
import io
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urljoin

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.test import override_settings

from benchmarks import county
from benchmarks.house import House
from benchmarks.measuring import percentile, statements, timed
from benchmarks.report import Report
from huyuan.kernel.days import start_of
from huyuan.orgs.models import Account
from huyuan.orgs.signins import SessionStore
from huyuan.reports.tasks import refresh_county
from sample.county import CODE
from sample.load import ACCOUNTS

# Whose pages: sample accounts by their posts.
POSTS = ("safety-officer", "bureau-officer")
PAGES = {
    "today": "/",
    "compliance": "/compliance/",
    "ledger": "/ledgers/hazard-check/",
    "directive": "/directives/qi-education-school-safety/",
    "agenda": "/agenda/",
    "map": "/map/",
    "search": f"/search/?{urlencode({'q': '隐患'})}",
}
EMPTY = "benchmarks.empty"
# What was aimed at; printed beside the figures, never tested.
QUERIES, TIMES_EMPTY, KILOBYTES = 10, 20, 150
# What `django-admin startproject` lists.
DJANGOS_OWN = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ASSET = re.compile(r'<(?:link[^>]* rel="stylesheet"[^>]* href|script[^>]* src)="([^"]+)"')


def arguments(parser: argparse.ArgumentParser) -> None:
    """`--schools 61,300 --requests 30`"""
    county.arguments(parser, "61,300", None)
    parser.add_argument("--requests", type=int, default=30, help="requests for each page (default 30)")


def run(house: House, options: argparse.Namespace) -> Report:
    """One database and one process for each number of schools; today is today, for pages ask the clock."""
    until = start_of(options.until) if options.until else datetime.now(UTC)
    report = Report("pages", {"term until": f"{until:%Y-%m-%d}"})
    aims = f"aims: {QUERIES} statements, {TIMES_EMPTY} x empty, {KILOBYTES} kB"
    for schools in options.schools:
        database = house.database(f"pages_{schools}")
        county.make(database, schools=schools, now=until)
        rows = database.run(measure, requests=options.requests)
        report.tables[f"{schools} schools; {aims}; floor: CPU of an empty Django request"] = rows
    return report


def measure(requests: int) -> list[dict[str, Any]]:
    """Every page as every post sees it, with the floor measured before and after."""
    call_command("collectstatic", interactive=False, verbosity=0)
    # As the job does every minute: the copies, and the days since, have no figures yet.
    refresh_county(CODE, datetime.now(UTC))
    before = empty_request(20 * requests)
    program = WSGIHandler()
    rows = []
    for post in POSTS:
        visitor = Visitor(program, sign_in(post))
        rows += [visit(visitor, post, name, path, requests) for name, path in PAGES.items()]
        with override_settings(ROOT_URLCONF=EMPTY):
            # What signing in costs alone: session, account, posts, scope.
            rows.append(visit(visitor, post, "nothing", "/", requests))
    floor = (before + empty_request(20 * requests)) / 2
    return [{**row, "floor_cpu_ms": floor * 1000, "ratio": row["cpu_ms"] / floor / 1000} for row in rows]


def visit(visitor: "Visitor", post: str, name: str, path: str, requests: int) -> dict[str, Any]:
    """One page: the first request apart, for it may have figures to bring up to date."""
    first, first_seconds = timed(lambda: visitor.get(path))
    if first.location:
        # One's own school, where there is nothing else to see.
        return visit(visitor, post, name, first.location, requests)
    with statements() as sent:
        visitor.get(path)
    seconds = [timed(lambda: visitor.get(path))[1] for _ in range(requests)]
    assets = sum(map(compressed_asset, set(ASSET.findall(first.text))))
    return {
        "post": post,
        "page": name,
        "status": first.status,
        "first_ms": first_seconds * 1000,
        "p50_ms": percentile(seconds, 50) * 1000,
        "p99_ms": percentile(seconds, 99) * 1000,
        "statements": len(sent),
        "html_kb": len(first.body) / 1024,
        "compressed_kb": (len(gzip.compress(first.body, 6)) + assets) / 1024,
        "cpu_ms": visitor.cpu_seconds(path, requests) * 1000,
    }


@dataclass(frozen=True)
class Answer:
    """What a browser would get."""

    status: int
    location: str
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


class Visitor:
    """Asks a WSGI application as granian does, with a session's cookie."""

    def __init__(self, handler: Callable[..., Any], cookie: str) -> None:
        self._handler = handler
        self._cookie = cookie

    def get(self, path: str) -> Answer:
        """One request, answered and closed."""
        told: list[tuple[str, dict[str, str]]] = []
        environ = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": path.partition("?")[0],
            "QUERY_STRING": path.partition("?")[2],
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "localhost",
            "HTTP_ACCEPT": "text/html",
            "HTTP_COOKIE": self._cookie,
            "wsgi.input": io.BytesIO(),
            "wsgi.url_scheme": "http",
        }
        response = self._handler(environ, lambda line, headers: told.append((line, dict(headers))))
        body = b"".join(response)
        response.close()
        ((line, headers),) = told
        return Answer(int(line.split()[0]), headers.get("Location", ""), body)

    def cpu_seconds(self, path: str, requests: int) -> float:
        """CPU of this process for one request, the mean of many; the database's is not in it."""
        started = time.process_time()
        for _ in range(requests):
            self.get(path)
        return (time.process_time() - started) / requests


def empty_request(requests: int) -> float:
    """CPU seconds of a request that Django's own middleware passes on and a view answers with nothing."""
    with override_settings(MIDDLEWARE=DJANGOS_OWN, ROOT_URLCONF=EMPTY):
        return Visitor(WSGIHandler(), "").cpu_seconds("/", requests)


def sign_in(post: str) -> str:
    """The cookie of a new session of the sample account that holds this post."""
    username = next(username for username, _, kind, _ in ACCOUNTS if kind == post)
    account = Account.objects.get(username=username)
    session = SessionStore()
    session[SESSION_KEY] = str(account.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = account.get_session_auth_hash()
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


def compressed_asset(address: str) -> int:
    """Bytes of a style sheet or script as it is sent."""
    file = settings.STATIC_ROOT / urljoin("/", address).removeprefix(settings.STATIC_URL)
    return len(gzip.compress(file.read_bytes(), 9))
