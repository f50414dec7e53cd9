"""All addresses: those of the packages below, then the portal's own pages."""

from django.urls import include, path

from huyuan.portal.views import (
    account,
    adopting,
    adoptions,
    agenda,
    calendar,
    compliance,
    contacts,
    county_map,
    directives,
    duty,
    library,
    messages,
    organisations,
    profile,
    search,
    sign_on,
    today,
    village_returns,
)

PAGES = [
    path("", today.today, name="today"),
    path("duties/<uuid:org_id>/<str:pack>/<str:rule>/<str:day>/<str:period>/", duty.duty, name="duty"),
    path("sign-on/", sign_on.sign_on, name="sign-on"),
    path("sign-on/leave/", sign_on.leave, name="sign-on-leave"),
    path("messages/", messages.messages, name="messages"),
    path("messages/read/", messages.read, name="messages-read"),
    path("orgs/", organisations.organisations, name="organisations"),
    path("orgs/<uuid:org_id>/", organisations.organisation, name="organisation"),
    path("orgs/<uuid:org_id>/profile/", profile.profile, name="profile"),
    path("orgs/<uuid:org_id>/contacts/", contacts.contacts, name="contacts"),
    *agenda.PAGES,
    *compliance.PAGES,
    *county_map.PAGES,
    *directives.PAGES,
    *adopting.PAGES,
    *adoptions.PAGES,
    *calendar.PAGES,
    *library.PAGES,
    *village_returns.PAGES,
    path("search/", search.search, name="search"),
    path("account/", account.account, name="account"),
    path("account/password/", account.password, name="password"),
]

urlpatterns = [
    path("", include("huyuan.orgs.urls")),
    path("", include("huyuan.registers.urls")),
    path("", include("huyuan.papers.urls")),
    path("", include("huyuan.cases.urls")),
    path("", include("huyuan.perimeter.urls")),
    path("", include("huyuan.risks.urls")),
    path("", include((PAGES, "portal"))),
]
