from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "huyuan.portal"
    verbose_name = "门户"

    def ready(self) -> None:
        from huyuan.portal.panels import register_panels
        from huyuan.portal.permissions import register_actions
        from huyuan.portal.telling import register_listener
        from huyuan.portal.traced import register_verbs

        register_actions()
        register_panels()
        register_listener()
        register_verbs()
