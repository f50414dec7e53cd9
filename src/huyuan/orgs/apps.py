from django.apps import AppConfig


class OrgsConfig(AppConfig):
    name = "huyuan.orgs"
    verbose_name = "单位与人员"

    def ready(self) -> None:
        from huyuan.orgs import search
        from huyuan.orgs.grants import register_grants
        from huyuan.orgs.traced import register_verbs

        register_grants()
        register_verbs()
        search.register(search.Organisations())
        search.register(search.Posts())
