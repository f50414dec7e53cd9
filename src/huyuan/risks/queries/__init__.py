"""Every read of this package; each begins with what the actor may see."""

from huyuan.risks.queries.notices import (
    Audience,
    Standing,
    audience,
    issuers,
    measures_of,
    my_receipts,
    notice_seen,
    notices,
    recorders,
    standings,
    waiting,
)
from huyuan.risks.queries.words import kinds

__all__ = [
    "Audience",
    "Standing",
    "audience",
    "issuers",
    "kinds",
    "measures_of",
    "my_receipts",
    "notice_seen",
    "notices",
    "recorders",
    "standings",
    "waiting",
]
