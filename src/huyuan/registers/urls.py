"""Addresses of registers; `portal` includes them at the root."""

from django.urls import path

from huyuan.registers import views

app_name = "registers"
urlpatterns = [
    path("forms/", views.forms, name="forms"),
    path("forms/<str:key>/", views.fill, name="fill"),
    path("forms/<str:key>/blank/", views.blank, name="blank"),
    path("forms/<str:key>/import/", views.import_, name="import"),
    path("forms/<str:key>/import/template/", views.template, name="template"),
    path("imports/<uuid:import_id>/", views.imported, name="imported"),
    path("imports/<uuid:import_id>/<str:verb>/", views.decide_table, name="decide-table"),
    path("for-others/", views.for_others, name="for-others"),
    path("entries/<uuid:entry_id>/", views.entry, name="entry"),
    path("entries/<uuid:entry_id>/edit/", views.edit, name="edit"),
    path("entries/<uuid:entry_id>/correct/", views.correct, name="correct"),
    path("entries/<uuid:entry_id>/ask/", views.ask, name="ask"),
    path("confirm/<str:token>/", views.confirm, name="confirm"),
    path("entries/<uuid:entry_id>/<str:verb>/", views.decide, name="decide"),
    path("ledgers/", views.ledgers, name="ledgers"),
    path("ledgers/<str:key>/", views.ledger, name="ledger"),
    path("ledgers/<str:key>/excel/", views.excel, name="excel"),
    path("ledgers/<str:key>/confirm/", views.confirm_several, name="confirm-several"),
    path("ledgers/<str:key>/filters/", views.save_filter, name="save-filter"),
    path("ledgers/<str:key>/filters/<uuid:filter_id>/delete/", views.drop_filter, name="drop-filter"),
    path("files/<uuid:file_id>/", views.file, name="file"),
]
