from django.apps import AppConfig


class PapersConfig(AppConfig):
    name = "huyuan.papers"

    def ready(self) -> None:
        from huyuan.orgs import search, unfinished
        from huyuan.papers.packkinds import register_kinds
        from huyuan.papers.permissions import register_actions
        from huyuan.papers.queries.unfinished import of_organisation
        from huyuan.papers.search import Notices, Policies, Submissions
        from huyuan.papers.traced import register_verbs

        register_kinds()
        register_verbs()
        register_actions()
        for source in (Notices(), Policies(), Submissions()):
            search.register(source)
        unfinished.OF_ORGANISATION.append(of_organisation)
