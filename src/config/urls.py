"""All addresses; the portal assembles those of the packages below it."""

from django.urls import include, path

urlpatterns = [path("", include("huyuan.portal.urls"))]
