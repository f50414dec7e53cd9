"""Addresses of cases; `portal` includes them at the root."""

from django.urls import path

from huyuan.cases import views

app_name = "cases"
urlpatterns = [
    path("cases/", views.board, name="board"),
    path("cases/list/", views.listing, name="list"),
    path("cases/figures/", views.figures, name="figures"),
    path("cases/report/", views.report, name="report"),
    path("disputes/", views.disputes, name="disputes"),
    path("disputes/report/", views.report_dispute, name="report-dispute"),
    path("cases/files/<uuid:casefile_id>/", views.file, name="file"),
    path("cases/<uuid:case_id>/", views.case, name="case"),
    path("cases/<uuid:case_id>/<str:verb>/", views.step, name="step"),
]
