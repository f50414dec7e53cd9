from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "huyuan.reports"

    def ready(self) -> None:
        from huyuan.reports import permissions

        permissions.register_actions()
