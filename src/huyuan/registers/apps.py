from django.apps import AppConfig


class RegistersConfig(AppConfig):
    name = "huyuan.registers"

    def ready(self) -> None:
        from huyuan.registers.packkinds import register_kinds
        from huyuan.registers.permissions import register_actions

        register_kinds()
        register_actions()
