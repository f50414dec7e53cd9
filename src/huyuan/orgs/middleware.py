"""Every signed-in request is one transaction of its actor; the answer leaves after the commit, never
before."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import cast
from urllib.parse import quote

from django.conf import settings
from django.db import IntegrityError, InterfaceError, InternalError, OperationalError, transaction
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    JsonResponse,
)
from django.shortcuts import render

from huyuan.kernel.errors import Refused
from huyuan.kernel.ids import uuid7
from huyuan.orgs.arrivals import arriving
from huyuan.orgs.request import ArrivedRequest, SignedInRequest
from huyuan.trace.actions import request_id

log = logging.getLogger(__name__)

# Addresses for people who are not signed in.
OPEN = ("/sign-in/", "/sign-out/", "/confirm/", "/gate/", "/part/")

# Requests that change nothing of what a county decides.
READING = ("GET", "HEAD")

# What psycopg raises when the server ends the connection, between statements or in one.
GONE = (OperationalError, InterfaceError, InternalError)
DATABASE_GONE = Refused(
    "unavailable", "数据库暂时没有答复，这一次没有保存。您填的内容还在这台设备上，请过几分钟再提交。"
)
TOO_LARGE = Refused(
    "request-too-large", "这一次发送的照片和文件太多太大，没有收下。请返回上一页，分几次发送或先压缩。"
)
NOT_COMMITTED = Refused(
    "conflict-commit", "保存时与别人的改动冲突，这一次没有保存。请返回上一页，核对后重新提交。"
)


class ActorMiddleware:
    """Sets `request.actor` and `request.now`, opens `acting`, and turns `Refused` into a page or JSON."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        token = request_id.set(str(uuid7()))
        try:
            if int(request.META.get("CONTENT_LENGTH") or 0) > settings.LARGEST_REQUEST:
                return refused(request, TOO_LARGE, status=413)
            return self._answer(request)
        except GONE:
            log.exception("database unavailable at %s", request.path)
            return refused(request, DATABASE_GONE, status=503)
        except IntegrityError:
            # A constraint that is checked at commit; what the view itself raised was answered inside.
            log.exception("commit failed at %s", request.path)
            return refused(request, NOT_COMMITTED)
        finally:
            request_id.reset(token)

    def _answer(self, request: HttpRequest) -> HttpResponseBase:
        if "\0" in request.path:
            raise Http404  # no text of the database holds it
        now = datetime.now(UTC)
        cast(ArrivedRequest, request).now = now
        if request.path.startswith(OPEN):
            return self.get_response(request)
        with arriving(request, now, reading=request.method in READING) as actor:
            if actor is None:
                return sign_in_first(request)
            cast(SignedInRequest, request).actor = actor
            response = self.get_response(request)
            if response.status_code >= 500:
                transaction.set_rollback(True)
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """What a view raised undoes everything it did; people get a sentence for what they can act on."""
        if transaction.get_connection().in_atomic_block:
            transaction.set_rollback(True)
        if isinstance(error, Refused):
            return refused(request, error)
        if isinstance(error, GONE):
            log.exception("database unavailable at %s", request.path)
            return refused(request, DATABASE_GONE, status=503)
        return None


def refused(request: HttpRequest, error: Refused, status: int | None = None) -> HttpResponse:
    """The answer to something that was not done: JSON for devices and htmx, else a page."""
    status = status or error.http_status
    if wants_json(request):
        return JsonResponse({"code": error.code, "message": error.message}, status=status)
    # Messages say first what happened, then what to do.
    happened, _, to_do = error.message.partition("。")
    context = {
        "heading": "没有找到" if status == 404 else "这一步没有办成",
        "happened": f"{happened}。",
        "to_do": to_do or "请照上面这句话办理。",
        "reference": request_id.get(),
    }
    return render(None, "kernel/error.html", context, status=status)


def sign_in_first(request: HttpRequest) -> HttpResponse:
    """People go to the sign-in page and come back afterwards; devices are told."""
    address = f"{settings.LOGIN_URL}?next={quote(request.get_full_path())}"
    if request.headers.get("HX-Request"):
        return HttpResponse(status=401, headers={"HX-Redirect": settings.LOGIN_URL})
    if wants_json(request):
        return JsonResponse({"code": "sign-in", "message": "登录已失效，请重新登录。"}, status=401)
    return HttpResponseRedirect(address)


def wants_json(request: HttpRequest) -> bool:
    """Is the asker a device, or a fragment of a page?"""
    return (
        request.path.startswith("/api/")
        or bool(request.headers.get("HX-Request"))
        or request.headers.get("Accept", "").startswith("application/json")
    )
