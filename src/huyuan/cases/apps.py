from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "huyuan.cases"

    def ready(self) -> None:
        from huyuan.cases import packkinds, permissions, sinks, traced
        from huyuan.registers import effects

        packkinds.register_kinds()
        permissions.register_actions()
        traced.register_verbs()
        effects.SINKS.append(sinks.Cases())
