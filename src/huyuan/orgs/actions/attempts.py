"""How often somebody may be wrong. Every attempt is written down before it is looked at and taken back when
it succeeds, so that many at once are no way round the limits."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q

from huyuan.kernel.errors import Refused
from huyuan.orgs.models import Attempt
from huyuan.orgs.rules import LIMITS
from huyuan.trace import keys

# A success wipes out the failures that count for this account from here; what anybody else did stays counted.
OWN = ("device", "pair", "second")


class Locked(Refused):
    """Too many failures; `facts` say how many minutes are left."""


def begin(counted: Mapping[str, str], now: datetime) -> list[Attempt]:
    """Write an attempt down; `counted`: kind of limit → what is counted under it.

    Raises Locked when one of the limits was reached before. To be called outside a transaction that may be
    undone: failures stay.
    """
    limits = {keys.fingerprint(f"attempt-{kind}", what): LIMITS[kind] for kind, what in counted.items()}
    attempts = Attempt.objects.bulk_create(Attempt(bucket=bucket, at=now) for bucket in limits)
    recent = Q()
    for bucket, limit in limits.items():
        recent |= Q(bucket=bucket, at__gt=now - timedelta(minutes=limit.minutes))
    for bucket, number, oldest in (
        Attempt.objects.filter(recent)
        .values("bucket")
        .annotate(number=Count("id"), oldest=Min("at"))
        .values_list("bucket", "number", "oldest")
    ):
        if number > limits[bucket].failures:
            _remove(attempts)
            left = oldest + timedelta(minutes=limits[bucket].minutes) - now
            minutes = int(left.total_seconds() // 60) + 1
            raise Locked(
                "forbidden-locked",
                f"连续出错的次数太多，请过 {minutes} 分钟再试；着急时请找本单位的系统管理员发激活单。",
                minutes=minutes,
            )
    return attempts


def succeeded(counted: Mapping[str, str], attempts: list[Attempt]) -> None:
    """Take the attempt back, and the failures before it that were the same person's here."""
    own = [one.bucket for kind, one in zip(counted, attempts, strict=True) if kind in OWN]
    Attempt.objects.filter(bucket__in=own).delete()
    _remove(attempts)


def forget_old(now: datetime) -> None:
    """Remove what no limit looks at any more."""
    longest = max(limit.minutes for limit in LIMITS.values())
    Attempt.objects.filter(at__lte=now - timedelta(minutes=longest)).delete()


def _remove(attempts: list[Attempt]) -> None:
    Attempt.objects.filter(id__in=[one.id for one in attempts]).delete()
