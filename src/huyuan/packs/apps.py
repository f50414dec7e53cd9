from django.apps import AppConfig


class PacksConfig(AppConfig):
    name = "huyuan.packs"

    def ready(self) -> None:
        from huyuan.packs.packkinds import register_kinds

        register_kinds()
