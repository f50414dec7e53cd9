"""Several cells together: the worst of all, n of m, and shares that are cut, never rounded."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from huyuan.duties.rules.verdicts import Verdict

WORST_FIRST: tuple[Verdict, ...] = ("missed", "overdue", "unknown", "owed", "late", "met")
LEFT_OUT: tuple[Verdict, ...] = ("waived", "not_applicable")


def all_of(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of the parts; waived and not applicable ones are left out. Of nothing else: waived if any
    part is."""
    given = set(verdicts)
    for verdict in WORST_FIRST:
        if verdict in given:
            return verdict
    return "waived" if "waived" in given else "not_applicable"


def n_of(verdicts: Iterable[Verdict], n: int) -> Verdict:
    """The verdict that the best n parts reach together; of fewer parts than n, all of them."""
    parts = sorted((each for each in verdicts if each not in LEFT_OUT), key=WORST_FIRST.index, reverse=True)
    return all_of(parts[:n])


@dataclass(frozen=True, slots=True)
class Share:
    """How many of the judged cells were done, and what stands beside."""

    counts: Counter[Verdict]

    @property
    def done(self) -> int:
        return self.counts["met"] + self.counts["late"]

    @property
    def judged(self) -> int:
        return self.done + self.counts["missed"]

    @property
    def percent(self) -> int | None:
        """Whole per cent, cut; None where nothing was judged."""
        return self.done * 100 // self.judged if self.judged else None

    @property
    def text(self) -> str:
        """ "97%", or a dash"""
        return "—" if self.percent is None else f"{self.percent}%"


def share(verdicts: Iterable[Verdict]) -> Share:
    return Share(Counter(verdicts))
