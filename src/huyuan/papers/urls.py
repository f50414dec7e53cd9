"""Addresses of papers; `portal` includes them at the root."""

from django.urls import path

from huyuan.papers.views import answering, collating, composing, filing, notices

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
    path("notices/new/", composing.compose, name="notice-new"),
    path("notices/answers/<uuid:answer_id>/", answering.answered, name="notice-answered"),
    path("notices/answers/<uuid:answer_id>/return/", answering.send_back, name="notice-return"),
    path("notices/files/<uuid:noticefile_id>/", answering.answer_file, name="notice-file"),
    path("notices/<uuid:notice_id>/", notices.notice, name="notice"),
    path("notices/<uuid:notice_id>/edit/", composing.compose, name="notice-edit"),
    path("notices/<uuid:notice_id>/recipients/", composing.recipients, name="notice-recipients"),
    path("notices/<uuid:notice_id>/answer/<uuid:org_id>/", answering.answer, name="notice-answer"),
    path("notices/<uuid:notice_id>/collated/", collating.collated, name="notice-collated"),
    path("notices/<uuid:notice_id>/excel/", collating.excel, name="notice-excel"),
    path("notices/<uuid:notice_id>/files/", collating.every_file, name="notice-files"),
    path("notices/<uuid:notice_id>/attachment/", notices.attachment, name="notice-attachment"),
    path("notices/<uuid:notice_id>/<str:verb>/", notices.decide, name="notice-decide"),
]
