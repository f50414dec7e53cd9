from django.apps import AppConfig


class RisksConfig(AppConfig):
    name = "huyuan.risks"
    verbose_name = "风险提示、风险清单"

    def ready(self) -> None:
        from huyuan.orgs import search
        from huyuan.risks.packkinds import register_kinds
        from huyuan.risks.permissions import register_actions
        from huyuan.risks.search import RiskNotices
        from huyuan.risks.traced import register_verbs

        register_kinds()
        register_actions()
        register_verbs()
        search.register(RiskNotices())
