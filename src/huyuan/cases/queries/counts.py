"""How many confidential matters there are: all that anybody above ever learns of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import connection

from huyuan.orgs.actor import Actor
from huyuan.orgs.permissions import reached

COUNTED = """
SELECT category, month, state, again, sum(number)::int
  FROM cases_confidential_count WHERE kind = %s AND org_id = ANY (%s) GROUP BY 1, 2, 3, 4
"""


@dataclass(frozen=True)
class Counted:
    """So many matters of a category that became known in a month (its first day) and stand in a state;
    `again`: they flared up again."""

    category: str
    month: date
    state: str
    again: bool
    number: int


def confidential_counts(actor: Actor, kind: str) -> list[Counted]:
    """Of all organisations of which the actor may know how many there are; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(COUNTED, [kind, list(reached(actor, "dispute.count"))])
        return [Counted(*row) for row in cursor.fetchall()]


def summed(some: Iterable[Counted]) -> dict[str, int]:
    """Found, still open, settled and being watched, closed, flared up again."""
    sums = dict.fromkeys(("found", "open", "settled", "closed", "again"), 0)
    word = {"fixed": "settled", "closed": "closed"}
    for one in some:
        sums["found"] += one.number
        sums[word.get(one.state, "open")] += one.number
        sums["again"] += one.number if one.again else 0
    return sums
