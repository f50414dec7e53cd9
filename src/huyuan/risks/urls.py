"""Addresses of risk notices and the risk list; `portal` includes them at the root."""

from django.urls import path

from huyuan.risks.views import notices, writing

app_name = "risks"
urlpatterns = [
    path("risk-notices/", notices.notices, name="notices"),
    path("risk-notices/new/", writing.write, name="notice-new"),
    path("risk-notices/<uuid:risk_id>/", notices.notice, name="notice"),
    path("risk-notices/<uuid:risk_id>/sheet/", notices.sheet, name="notice-sheet"),
    path("risk-notices/<uuid:risk_id>/<str:verb>/", notices.decide, name="notice-decide"),
]
