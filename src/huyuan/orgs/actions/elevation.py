"""Time-limited elevation: an administrator proves to be that person, says why, and may then manage accounts
for half an hour. Every elevation is traced with its reason."""

from datetime import datetime

from huyuan.kernel.errors import Refused
from huyuan.orgs import rules
from huyuan.orgs.actions import attempts
from huyuan.orgs.actions.second_factor import passes
from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Account, Elevation, SecondFactor
from huyuan.orgs.session import acting
from huyuan.trace import actions as trace


def elevate(
    *, actor: Actor, account: Account, password: str, code: str, reason: str, address: str, now: datetime
) -> Elevation:
    """Begin an elevation. The password is asked for again, and the second factor where there is one; who
    signs in by the enterprise account alone proves it by the second factor. Raises Locked, Refused
    `invalid-reason`, `invalid-elevation`."""
    if not reason.strip():
        raise Refused("invalid-reason", "请写明这次要办什么，例如“给新教师发激活单”。")
    counted = {"second": f"{account.id}\0{address}"}
    tried = attempts.begin(counted, now)
    with acting(actor):
        has_second = SecondFactor.objects.filter(
            person_id=account.person_id, confirmed_at__isnull=False
        ).exists()
        proven = account.check_password(password) if account.has_usable_password() else has_second
        if has_second and proven:
            proven = passes(account.person_id, code, now) is not None
        if proven:
            attempts.succeeded(counted, tried)
            elevation = Elevation.objects.create(
                county_id=actor.county_id,
                person_id=account.person_id,
                reason=reason.strip()[:200],
                from_at=now,
                until=now + rules.ELEVATION,
            )
            _record(actor, account, "elevate", {"reason": elevation.reason, "address": address}, now)
            return elevation
        _record(actor, account, "elevate-failed", {"address": address}, now)
    # Said after the record is kept: the view shows it and commits.
    raise Refused("invalid-elevation", "密码或验证码不对，没有办成。请核对后再试。")


def end_elevation(*, actor: Actor, account: Account, address: str, now: datetime) -> None:
    """End it before its time."""
    with acting(actor):
        running = Elevation.objects.filter(person_id=account.person_id, from_at__lte=now, until__gt=now)
        if running.update(until=now):
            _record(actor, account, "end-elevation", {"address": address}, now)


def require_elevated(actor: Actor, now: datetime) -> None:
    """Raise `Refused` (forbidden-elevate) unless the actor's elevation is running. Jobs need none."""
    if actor.person_id is None:
        return
    running = Elevation.objects.filter(person_id=actor.person_id, from_at__lte=now, until__gt=now)
    if not running.exists():
        raise Refused(
            "forbidden-elevate",
            "管理账号前要先确认是您本人并写明事由，有效 30 分钟。请到“管理账号”页面办理后再试。",
        )


def _record(actor: Actor, account: Account, verb: str, after: trace.Values, now: datetime) -> None:
    home = account.person.home_id
    trace.record(actor.snapshot(), verb, "orgs_account", account.id, home, None, after, now=now)
