"""What the villages of a town return each month, and what the town's office makes of it: counts."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from sample.doings.doing import Doing, clock
from sample.names import draw, share

KINDS = ("neighbours", "family", "land", "money", "other")
DUE = 18
"""By this day of the month; who is late hands it in some days after it."""


def returns(villages: Sequence[str], office: str, first: date, today: date) -> Iterator[Doing]:
    """The returns of every month from `first` to `today`, each starting from what was open before; one
    village hands none in. The office sums up some days after the day by which they are due."""
    before = dict.fromkeys(villages, 0)
    month = first.replace(day=1)
    while month <= today:
        sums = {"open_before": 0, "found": 0, "school": 0, "settled": 0, "open_now": 0}
        received = 0
        for village in villages:
            seed = f"{village}/{month:%Y-%m}/disputes"
            if draw(f"{office}/{month:%Y-%m}/silent", len(villages)) == villages.index(village):
                continue
            late = share(f"{seed}/late") < 0.2
            day = DUE + 2 + draw(f"{seed}/day", 2) if late else DUE - draw(f"{seed}/day", 9)
            counts = counted(seed, before[village])
            before[village] = counts["open_now"]
            occurred = clock(month.replace(day=day), 10, draw(f"{seed}/minute", 50))
            if occurred.date() <= today:
                received += 1
                sums = {name: number + counts[name] for name, number in sums.items()}
            body = {"month": f"{month:%Y-%m}", "day": str(month.replace(day=day)), **counts}
            yield Doing("village-dispute-return", village, "village-officer", body, occurred, occurred)
        at = clock(month.replace(day=DUE + 4), 16)
        body = {
            "month": f"{month:%Y-%m}",
            "day": str(at.date()),
            "villages": len(villages),
            "received": received,
            "complete": received == len(villages),
            "tracked": True,
            **sums,
        }
        yield Doing("dispute-collection", office, "town-officer", body, at, at)
        month = (month + timedelta(days=32)).replace(day=1)


def counted(seed: str, open_before: int) -> dict[str, int]:
    """Numbers that add up."""
    kinds = {kind: draw(f"{seed}/{kind}", 3) for kind in KINDS}
    found = sum(kinds.values())
    settled = max(0, open_before + found - draw(f"{seed}/open", 3))
    return {
        "open_before": open_before,
        **kinds,
        "found": found,
        "school": min(found, draw(f"{seed}/school", 2)),
        "settled": settled,
        "open_now": open_before + found - settled,
    }
