"""The addresses that these pages lead to."""

from django.urls import include, path

urlpatterns = [
    path("", include("huyuan.registers.urls")),
    path("", include("huyuan.papers.urls")),
    path("", include("huyuan.risks.urls")),
]
