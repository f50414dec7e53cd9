"""Addresses for signing in and out; `portal` includes them at the root."""

from django.urls import path

from huyuan.orgs import views

app_name = "orgs"
urlpatterns = [
    path("sign-in/", views.sign_in, name="sign-in"),
    path("sign-out/", views.sign_out, name="sign-out"),
]
