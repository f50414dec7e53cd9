"""Pages leave compressed, files as they are."""

import gzip
from io import BytesIO

import pytest
from django.conf import settings
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.test import Client, RequestFactory

from config.compressing import CompressText

PAGE = "<p>每周至少开展一次校园安全隐患排查</p>" * 40
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def answer(response: HttpResponseBase, accepts: str = "gzip, br") -> HttpResponseBase:
    request = RequestFactory().get("/", headers={"accept-encoding": accepts})
    return CompressText(lambda _: response).process_response(request, response)


def test_a_page_is_compressed_for_whoever_takes_it() -> None:
    sent = answer(HttpResponse(PAGE))
    assert isinstance(sent, HttpResponse)
    assert sent["Content-Encoding"] == "gzip" and "Accept-Encoding" in sent["Vary"]
    assert len(sent.content) < len(PAGE.encode()) / 4
    assert gzip.decompress(sent.content).decode() == PAGE
    plain = answer(HttpResponse(PAGE), accepts="br")
    assert isinstance(plain, HttpResponse) and plain.content.decode() == PAGE


def test_its_weight_tells_nothing() -> None:
    weights = {len(getattr(answer(HttpResponse(PAGE)), "content", b"")) for _ in range(30)}
    assert len(weights) > 5


@pytest.mark.parametrize(
    "file",
    [
        HttpResponse(PAGE, content_type=EXCEL),
        FileResponse(BytesIO(PAGE.encode()), content_type="text/csv"),
        HttpResponse(PAGE, headers={"Content-Encoding": "br"}),
    ],
    ids=["workbook", "streamed", "compressed"],
)
def test_what_is_no_page_stays_as_it_is(file: HttpResponseBase) -> None:
    before = dict(file.headers)
    assert answer(file) is file and dict(file.headers) == before


@pytest.mark.django_db
def test_the_program_sends_compressed_pages() -> None:
    sent = Client().get("/sign-in/", headers={"accept-encoding": "gzip"})
    assert sent["Content-Encoding"] == "gzip"
    assert "登录" in gzip.decompress(sent.content).decode()


def test_assets_are_compressed_once_and_answers_after_their_commit() -> None:
    order = [name.rpartition(".")[2] for name in settings.MIDDLEWARE]
    assert order.index("WhiteNoiseMiddleware") < order.index("CompressText") < order.index("ActorMiddleware")
