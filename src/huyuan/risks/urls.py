"""Addresses of risk notices and the risk list; `portal` includes them at the root."""

from django.urls import path

from huyuan.risks.views import notices, points, warnings, writing

app_name = "risks"
urlpatterns = [
    path("risk-notices/", notices.notices, name="notices"),
    path("risk-notices/new/", writing.write, name="notice-new"),
    path("risk-notices/<uuid:risk_id>/", notices.notice, name="notice"),
    path("risk-notices/<uuid:risk_id>/sheet/", notices.sheet, name="notice-sheet"),
    path("risk-notices/<uuid:risk_id>/<str:verb>/", notices.decide, name="notice-decide"),
    path("risks/", points.regional, name="regional"),
    path("risks/warnings/", warnings.warnings, name="warnings"),
    path("risks/org/<uuid:org_id>/", points.ledger, name="ledger"),
    path("risks/org/<uuid:org_id>/new/", points.add, name="point-new"),
    path("risks/org/<uuid:org_id>/reviewed/", points.reviewed, name="reviewed"),
    path("risks/points/<uuid:point_id>/", points.point, name="point"),
    path("risks/points/<uuid:point_id>/edit/", points.correct, name="point-edit"),
    path("risks/points/<uuid:point_id>/<str:verb>/", points.decide, name="point-decide"),
]
