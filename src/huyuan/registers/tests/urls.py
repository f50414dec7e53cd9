"""The addresses of this package alone."""

from django.urls import include, path

urlpatterns = [path("", include("huyuan.registers.urls"))]
