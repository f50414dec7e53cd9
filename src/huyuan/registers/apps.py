from django.apps import AppConfig


class RegistersConfig(AppConfig):
    name = "huyuan.registers"

    def ready(self) -> None:
        from huyuan.orgs import search, unfinished
        from huyuan.registers.packkinds import register_kinds
        from huyuan.registers.permissions import register_actions
        from huyuan.registers.queries.unfinished import of_organisation, of_person
        from huyuan.registers.search import Entries, Forms
        from huyuan.registers.traced import register_verbs

        register_kinds()
        register_verbs()
        register_actions()
        search.register(Entries())
        search.register(Forms())
        unfinished.OF_PERSON.append(of_person)
        unfinished.OF_ORGANISATION.append(of_organisation)
