"""Addresses of papers; `portal` includes them at the root."""

from django.urls import path

from huyuan.papers.views import filing, notices

app_name = "papers"
urlpatterns = [
    path("papers/", filing.papers, name="papers"),
    path("papers/inbox/", filing.inbox, name="inbox"),
    path("papers/completeness/", filing.completeness, name="completeness"),
    path("papers/org/<uuid:org_id>/", filing.papers, name="org"),
    path("papers/org/<uuid:org_id>/upload/", filing.upload, name="upload"),
    path("papers/org/<uuid:org_id>/submit/<str:kind>/", filing.submit, name="submit"),
    path("papers/policies/<uuid:policy_id>/file/", filing.policy_file, name="policy-file"),
    path("papers/policies/<uuid:policy_id>/withdraw/", filing.withdraw, name="withdraw"),
    path("papers/submissions/<uuid:submission_id>/", filing.submission, name="submission"),
    path("papers/submissions/<uuid:submission_id>/file/", filing.submission_file, name="submission-file"),
    path("papers/submissions/<uuid:submission_id>/<str:verb>/", filing.decide, name="decide"),
    path("notices/", notices.notices, name="notices"),
    path("notices/new/", notices.compose, name="notice-new"),
    path("notices/answers/<uuid:answer_id>/", notices.answered, name="notice-answered"),
    path("notices/answers/<uuid:answer_id>/return/", notices.send_back, name="notice-return"),
    path("notices/files/<uuid:noticefile_id>/", notices.answer_file, name="notice-file"),
    path("notices/<uuid:notice_id>/", notices.notice, name="notice"),
    path("notices/<uuid:notice_id>/edit/", notices.compose, name="notice-edit"),
    path("notices/<uuid:notice_id>/recipients/", notices.recipients, name="notice-recipients"),
    path("notices/<uuid:notice_id>/answer/<uuid:org_id>/", notices.answer, name="notice-answer"),
    path("notices/<uuid:notice_id>/collated/", notices.collated, name="notice-collated"),
    path("notices/<uuid:notice_id>/excel/", notices.excel, name="notice-excel"),
    path("notices/<uuid:notice_id>/files/", notices.every_file, name="notice-files"),
    path("notices/<uuid:notice_id>/attachment/", notices.attachment, name="notice-attachment"),
    path("notices/<uuid:notice_id>/<str:verb>/", notices.decide, name="notice-decide"),
]
