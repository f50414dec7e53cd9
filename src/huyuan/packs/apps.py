from django.apps import AppConfig


class PacksConfig(AppConfig):
    name = "huyuan.packs"

    def ready(self) -> None:
        from huyuan.orgs import search
        from huyuan.packs.packkinds import register_kinds
        from huyuan.packs.search import Directives

        register_kinds()
        search.register(Directives())
