"""What the trace says of an account's owner, who may not be signed in yet."""

from datetime import datetime

from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Account, Person
from huyuan.orgs.session import declared
from huyuan.trace import actions as trace


def record(account: Account, verb: str, after: trace.Values | None = None, *, now: datetime) -> None:
    """Record what the owner did; a failure (`…-failed`) may be anybody's. In a transaction that sees the
    owner."""
    person = Person.objects.get(id=account.person_id)
    actor = Actor(account.county_id, person.id, person.name, ())
    if verb.endswith("-failed"):
        actor = Actor(account.county_id, None, "未登录的人", (), system="未登录的人")
    home = person.home_id
    trace.record(actor.snapshot(), verb, "orgs_account", account.id, home, None, after, now=now)


def record_alone(account: Account, verb: str, after: trace.Values | None = None, *, now: datetime) -> None:
    """The same in a transaction of its own."""
    with declared(county_id=account.county_id, person_id=account.person_id):
        record(account, verb, after, now=now)
