from django.apps import AppConfig


class PerimeterConfig(AppConfig):
    name = "huyuan.perimeter"

    def ready(self) -> None:
        from huyuan.duties import measures
        from huyuan.orgs.tables import TABLES
        from huyuan.perimeter import packkinds, permissions, traced
        from huyuan.perimeter.measures import NEAREST_VENUES
        from huyuan.perimeter.rules import NEAREST
        from huyuan.perimeter.tables import VENUES

        packkinds.register_kinds()
        permissions.register_actions()
        traced.register_verbs()
        measures.register(NEAREST, NEAREST_VENUES, none=None)
        TABLES[VENUES.key] = VENUES
