"""All addresses; the portal assembles those of the packages below it."""

from django.urls import include, path

urlpatterns = [path("", include("huyuan.portal.urls"))]

handler400 = "huyuan.portal.views.errors.bad_request"
handler403 = "huyuan.portal.views.errors.forbidden"
handler404 = "huyuan.portal.views.errors.not_found"
handler500 = "huyuan.portal.views.errors.failed"
