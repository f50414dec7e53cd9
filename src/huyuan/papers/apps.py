from django.apps import AppConfig


class PapersConfig(AppConfig):
    name = "huyuan.papers"

    def ready(self) -> None:
        from huyuan.papers.packkinds import register_kinds

        register_kinds()
