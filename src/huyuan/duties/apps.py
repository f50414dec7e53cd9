from django.apps import AppConfig


class DutiesConfig(AppConfig):
    name = "huyuan.duties"

    def ready(self) -> None:
        from huyuan.duties import commands, measures, packkinds, permissions, sinks, traced
        from huyuan.duties.queries import answerable as events
        from huyuan.duties.queries.adopted import impact
        from huyuan.duties.queries.orders import in_force
        from huyuan.duties.queries.policies import required
        from huyuan.duties.queries.unfinished import of_organisation
        from huyuan.duties.search import Clauses
        from huyuan.orgs import search, unfinished
        from huyuan.packs import registry, subcommands
        from huyuan.papers import required as papers
        from huyuan.registers import answerable, effects, orders

        packkinds.register_kinds()
        permissions.register_actions()
        traced.register_verbs()
        measures.register(measures.GUARDS, measures.CERTIFIED_GUARDS)
        measures.register(measures.PAIRS, measures.LIAISON_PAIRS)
        measures.register(measures.POLICIES, measures.POLICIES_IN_FORCE)
        effects.SINKS.append(sinks.Duties())
        answerable.SOURCES.append(events.Events())
        orders.SOURCES.append(in_force)
        papers.SOURCES.append(required)
        subcommands.SUBCOMMANDS.append(commands.ADOPT)
        registry.IMPACT.append(impact)
        search.register(Clauses())
        unfinished.OF_ORGANISATION.append(of_organisation)
