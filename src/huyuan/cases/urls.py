"""Addresses of cases; `portal` includes them at the root."""

from django.urls import path

from huyuan.cases import views

app_name = "cases"
urlpatterns = [
    path("cases/", views.board, name="board"),
    path("cases/list/", views.listing, name="list"),
    path("cases/figures/", views.figures, name="figures"),
    path("cases/report/", views.report, name="report"),
    path("care/", views.care_list, name="cares"),
    path("care/new/", views.care_open, name="care-open"),
    path("care/<uuid:care_id>/", views.care, name="care"),
    path("care/<uuid:care_id>/<str:verb>/", views.care_step, name="care-step"),
    path("disputes/", views.disputes, name="disputes"),
    path("disputes/report/", views.report_dispute, name="report-dispute"),
    path("cases/files/<uuid:casefile_id>/", views.file, name="file"),
    path("cases/voices/", views.voices, name="voices"),
    path("cases/voices/code/", views.gate_code, name="gate-code"),
    path("cases/voices/files/<uuid:voicefile_id>/", views.voice_file, name="voice-file"),
    path("cases/voices/<uuid:voice_id>/", views.voice, name="voice"),
    path("cases/voices/<uuid:voice_id>/phone/", views.voice_phone, name="voice-phone"),
    path("gate/answer/", views.find_answer, name="find-answer"),
    path("gate/answer/<str:token>/", views.gate_answer, name="gate-answer"),
    path("gate/<str:token>/", views.gate, name="gate"),
    path("cases/<uuid:case_id>/", views.case, name="case"),
    path("cases/<uuid:case_id>/link/", views.ask, name="link"),
    path("cases/<uuid:case_id>/papers/<str:paper>/", views.paper, name="paper"),
    path("part/<str:token>/", views.part_link, name="part-link"),
    path("part/<str:token>/files/<uuid:casefile_id>/", views.part_file, name="part-file"),
    path("cases/<uuid:case_id>/<str:verb>/", views.step, name="step"),
]
