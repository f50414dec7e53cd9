"""Addresses of papers; `portal` includes them at the root."""

from django.urls import path

from huyuan.papers import views

app_name = "papers"
urlpatterns = [
    path("papers/", views.papers, name="papers"),
    path("papers/inbox/", views.inbox, name="inbox"),
    path("papers/org/<uuid:org_id>/", views.papers, name="org"),
    path("papers/org/<uuid:org_id>/upload/", views.upload, name="upload"),
    path("papers/org/<uuid:org_id>/submit/<str:kind>/", views.submit, name="submit"),
    path("papers/policies/<uuid:policy_id>/file/", views.policy_file, name="policy-file"),
    path("papers/policies/<uuid:policy_id>/withdraw/", views.withdraw, name="withdraw"),
    path("papers/submissions/<uuid:submission_id>/", views.submission, name="submission"),
    path("papers/submissions/<uuid:submission_id>/file/", views.submission_file, name="submission-file"),
    path("papers/submissions/<uuid:submission_id>/<str:verb>/", views.decide, name="decide"),
]
