from django.apps import AppConfig


class TraceConfig(AppConfig):
    name = "huyuan.trace"
