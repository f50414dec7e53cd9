"""The small county with its adopted directive, and people of it who have signed in."""

from collections.abc import Callable
from datetime import date
from html.parser import HTMLParser
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from huyuan.duties.tests.adopted import World
from huyuan.orgs.actions import rebuild_reach
from huyuan.orgs.models import Account, Organisation
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY

SignIn = Callable[[str], Client]


def client_of(world: World, person: str) -> Client:
    """A client in which the person with this key of the county has signed in."""
    client = Client()
    with acting(world.county.system):
        account = Account.objects.get(person=world.county.people[person])
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client


def text_of(response: Any) -> str:
    return str(response.content.decode())


def more_schools(world: World, count: int) -> None:
    """So many schools more in the west, below the bureau."""
    with acting(world.county.system):
        Organisation.objects.bulk_create(
            Organisation(
                county_id=COUNTY,
                key=f"more-{number}",
                kind="school",
                name=f"新建{number:02}小学",
                short_name=f"新{number}",
                parent=world.county.orgs["bureau"],
                region=world.county.orgs["other"].region,
            )
            for number in range(count)
        )
        rebuild_reach(COUNTY, date(2026, 10, 14))


def queries_for(client: Client, address: str) -> int:
    """How many queries a page takes once the process and the figures are warm."""
    assert client.get(address).status_code == 200
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


class Tables(HTMLParser):
    """The tables of a page: class of the table → rows → texts of cells, as a screen reader says them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: dict[str, list[list[str]]] = {}
        self._rows: list[list[str]] | None = None
        self._silent = 0
        self._in_cell = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "table":
            self._rows = self.found.setdefault((given.get("class") or "").split(" ")[0], [])
        elif self._rows is not None and tag == "tr":
            self._rows.append([])
        elif self._rows is not None and tag in ("td", "th"):
            self._rows[-1].append("")
            self._in_cell = True
        if self._silent or (tag == "span" and given.get("aria-hidden") == "true"):
            self._silent += 1

    def handle_endtag(self, tag: str) -> None:
        if self._silent:
            self._silent -= 1
        if tag == "table":
            self._rows = None
        elif tag in ("td", "th"):
            self._in_cell = False

    def handle_data(self, data: str) -> None:
        if self._rows and self._in_cell and not self._silent:
            self._rows[-1][-1] = f"{self._rows[-1][-1]} {data.strip()}".strip()
