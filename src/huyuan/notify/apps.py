from django.apps import AppConfig


class NotifyConfig(AppConfig):
    name = "huyuan.notify"
    verbose_name = "消息"

    def ready(self) -> None:
        from huyuan.notify.permissions import register_grants

        register_grants()
