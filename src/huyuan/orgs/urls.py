"""Addresses for signing in and for accounts; `portal` includes them at the root. Those below `sign-in/` are
for people who are not signed in."""

from django.urls import path

from huyuan.orgs.views import (
    accounts,
    audit,
    enterprise,
    organisations,
    people,
    security,
    signing_in,
    tables,
    turning,
)

app_name = "orgs"
urlpatterns = [
    path("sign-in/", signing_in.sign_in, name="sign-in"),
    path("sign-in/activate/", signing_in.activate, name="activate"),
    path("sign-in/forgotten/", signing_in.forgotten, name="forgotten"),
    path("sign-in/second/", signing_in.second, name="second"),
    path("sign-in/enrol/", signing_in.enrol, name="enrol"),
    path("sign-in/outdated/", signing_in.outdated, name="outdated"),
    path("sign-in/with/<slug:provider>/", enterprise.go, name="enterprise"),
    path("sign-in/with/<slug:provider>/back/", enterprise.back, name="enterprise-back"),
    path("sign-out/", signing_in.sign_out, name="sign-out"),
    path("account/security/", security.security, name="security"),
    path("account/security/enable/", security.enable, name="enable-second"),
    path("account/security/disable/", security.disable, name="disable-second"),
    path("account/security/codes/", security.renew_codes, name="renew-codes"),
    path("account/security/sign-out/", security.sign_out_everywhere, name="sign-out-everywhere"),
    path("account/security/link/<slug:provider>/", enterprise.link, name="link"),
    path("account/security/unlink/<slug:provider>/", security.unlink, name="unlink"),
    path("accounts/", accounts.accounts, name="accounts"),
    path("accounts/of/<uuid:org_id>/", accounts.accounts_of, name="accounts-of"),
    path("accounts/of/<uuid:org_id>/elevate/", accounts.elevated, name="elevate"),
    path("accounts/of/<uuid:org_id>/open/", accounts.open_accounts, name="open-accounts"),
    path("accounts/of/<uuid:org_id>/slips/", accounts.slips, name="slips"),
    path("accounts/<uuid:account_id>/<slug:verb>/", accounts.account_verb, name="account-verb"),
    path("audit/", audit.audit, name="audit"),
    path("orgs/<uuid:org_id>/manage/", organisations.manage, name="manage"),
    path("orgs/<uuid:org_id>/manage/<slug:form>/", organisations.alter, name="alter"),
    path("orgs/<uuid:org_id>/year/", turning.year, name="year"),
    path("orgs/<uuid:org_id>/merge/", turning.merge, name="merge"),
    path("places/<uuid:place_id>/", organisations.place, name="place"),
    path("bells/<uuid:bell_id>/remove/", organisations.remove_bell, name="remove-bell"),
    path("orgs/<uuid:org_id>/people/", people.people, name="people"),
    path("orgs/<uuid:org_id>/people/<slug:form>/", people.alter_people, name="alter-people"),
    path("people/<uuid:person_id>/", people.person, name="person"),
    path("people/<uuid:person_id>/<slug:form>/", people.alter_person, name="alter-person"),
    path("appointments/<uuid:appointment_id>/end/", people.end, name="end"),
    path("tables/", tables.tables, name="tables"),
    path("tables/uploads/<uuid:upload_id>/", tables.upload, name="upload"),
    path("tables/<slug:table>/", tables.table, name="table"),
    path("tables/<slug:table>/blank/", tables.blank, name="table-blank"),
    path("tables/<slug:table>/excel/", tables.excel, name="table-excel"),
]
