from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "huyuan.cases"

    def ready(self) -> None:
        from huyuan.cases import packkinds, permissions, search, sinks, traced
        from huyuan.cases.queries.unfinished import of_organisation
        from huyuan.orgs import search as sources
        from huyuan.orgs import unfinished
        from huyuan.registers import effects

        packkinds.register_kinds()
        permissions.register_actions()
        traced.register_verbs()
        effects.SINKS.append(sinks.Cases())
        sources.register(search.Cases())
        unfinished.OF_ORGANISATION.append(of_organisation)
