from django.apps import AppConfig


class DutiesConfig(AppConfig):
    name = "huyuan.duties"

    def ready(self) -> None:
        from huyuan.duties.packkinds import register_kinds

        register_kinds()
