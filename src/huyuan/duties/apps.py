from django.apps import AppConfig


class DutiesConfig(AppConfig):
    name = "huyuan.duties"
