"""Clauses of adopted directives for the search (`orgs.search`); one statement."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import F

from huyuan.duties.models import AdoptedVersion, Clause
from huyuan.kernel.finding import plain
from huyuan.orgs.actor import Actor
from huyuan.orgs.search import Hit, any_of, containing

OWN = ("text", "simplified", "title")
OF_DIRECTIVE = ("pack_version__short", "pack_version__title")


class Clauses:
    """Everybody may read them. `key` is the pack's and the clause's."""

    name, zh = "clauses", "文件条文"

    def find(self, actor: Actor, asked: Sequence[str], most: int, now: datetime) -> list[Hit]:
        """By their text, its simplified reading, their heading and the directive's title; of each directive
        the version adopted last. What is only the title is the directive."""
        adopted = (
            AdoptedVersion.objects.filter(county_id=actor.county_id)
            .order_by("adoption__pack_key", "-in_force_from", "-pack_version__installed_at")
            .distinct("adoption__pack_key")
            .values("pack_version")
        )
        rows = (
            containing(Clause.objects.filter(pack_version__in=adopted), asked, *OWN, *OF_DIRECTIVE)
            .filter(any_of(asked, *OWN))
            .order_by("pack_version__title", "number")
            .annotate(short=F("pack_version__short"), pack=F("pack_version__pack__key"))
            .values("key", "cite", "text", "simplified", "short", "pack")
        )
        return [
            Hit(
                f"{row['pack']}/{row['key']}",
                f"《{row['short']}》{row['cite']}",
                text=row["simplified"] if reads(row["simplified"], asked) else row["text"],
            )
            for row in rows[:most]
        ]


def reads(text: str, asked: Sequence[str]) -> bool:
    """Does one of the terms stand in the text?"""
    low = plain(text).lower()
    return any(term.lower() in low for term in asked)
