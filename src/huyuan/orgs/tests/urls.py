"""Views that do to the middleware what real ones may do."""

import time
from datetime import date

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from huyuan.kernel.errors import Refused
from huyuan.kernel.ids import uuid7
from huyuan.orgs.models import CalendarDay, Person, Place
from huyuan.orgs.permissions import not_found
from huyuan.orgs.request import SignedInRequest
from huyuan.orgs.tests.county import COUNTY


def people(request: HttpRequest) -> HttpResponse:
    return HttpResponse(",".join(sorted(Person.objects.values_list("name", flat=True))))


def save_and(request: SignedInRequest, what: str) -> HttpResponse:
    """Save a gate, then go wrong in the way that `what` says."""
    org_id = request.actor.holdings[0].org_id
    Place.objects.create(county_id=COUNTY, org_id=org_id, kind="gate", name=what)
    if what == "refuse":
        raise Refused("conflict-test", "有人刚改过。请刷新后再试。")
    if what == "foreign":
        raise not_found()
    if what == "crash":
        raise ZeroDivisionError
    if what == "break-commit":
        Place.objects.create(county_id=COUNTY, org_id=uuid7(), kind="gate", name="无主")
    if what == "lose-database":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    if what == "lose-at-commit":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 1")
        time.sleep(0.05)
    return HttpResponse("已保存")


def close(request: HttpRequest) -> HttpResponse:
    """A day without school."""
    CalendarDay.objects.create(county_id=COUNTY, day=date(2026, 10, 15), kind="closed")
    return HttpResponse("已保存")


urlpatterns = [
    path("close/", close),
    path("", include("huyuan.orgs.urls")),
    path("people/", people),
    path("save/<what>/", save_and),
    path("api/save/<what>/", save_and),
]
