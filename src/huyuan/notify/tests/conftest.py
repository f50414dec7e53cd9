import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from pytest_django import Settings

from huyuan.orgs.tests.county import SmallCounty, build


@pytest.fixture
def county(db: None) -> SmallCounty:
    """The small county of the tests of `orgs`."""
    return build()


class Robot(HTTPServer):
    """A receiver on this machine: keeps what it gets, answers `answers` in turn, then 200."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), RobotHandler)
        self.got: list[dict[str, Any]] = []
        self.answers: list[int] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/robot?key=1"


class RobotHandler(BaseHTTPRequestHandler):
    server: Robot

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append({"path": self.path, "json": json.loads(body)})
        status = self.server.answers.pop(0) if self.server.answers else 200
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Silent."""


@pytest.fixture
def robot(settings: Settings) -> Iterator[Robot]:
    """Runs while the test does, and may be reached although it is on this machine."""
    settings.WEBHOOK_PRIVATE_ADDRESSES = True
    server = Robot()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()
