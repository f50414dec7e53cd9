from django.apps import AppConfig


class PapersConfig(AppConfig):
    name = "huyuan.papers"

    def ready(self) -> None:
        from huyuan.papers.packkinds import register_kinds
        from huyuan.papers.permissions import register_actions

        register_kinds()
        register_actions()
