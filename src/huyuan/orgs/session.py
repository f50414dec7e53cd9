"""The scope of a transaction: whose county and whose organisations row-level security lets through.

The settings live as long as the transaction, so a pooled connection never carries them to the next request.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import connection, transaction

if TYPE_CHECKING:
    from huyuan.orgs.actor import Actor

_current: ContextVar["Actor | None"] = ContextVar("huyuan_actor", default=None)


@contextmanager
def acting(actor: "Actor") -> Iterator["Actor"]:
    """One transaction, in which `actor` sees what its organisations reach and nothing else.

    Inside another `acting` of the same actor it is a savepoint. Of another actor it is a programming error: a
    transaction has one scope.
    """
    outer = _current.get()
    if outer is not None:
        if outer != actor:
            raise RuntimeError(f"acting as {actor.name!r} inside a transaction of {outer.name!r}")
        with transaction.atomic():
            yield actor
        return
    in_transaction = connection.in_atomic_block
    token = _current.set(actor)
    try:
        with transaction.atomic():
            _declare(actor.county_id, actor.person_id, actor.viewers)
            yield actor
    finally:
        _current.reset(token)
    if in_transaction:
        _declare(None, None, ())


def current() -> "Actor":
    """The actor of the running transaction; outside `acting` it is a programming error."""
    actor = _current.get()
    if actor is None:
        raise RuntimeError("outside acting(actor): this transaction has no scope")
    return actor


@contextmanager
def declared(*, county_id: int, person_id: UUID | None = None) -> Iterator[None]:
    """A transaction before the actor is known: it sees the county's organisations and posts, and of all
    people only `person_id`. Afterwards the scope is what it was."""
    in_transaction = connection.in_atomic_block
    with transaction.atomic():
        _declare(county_id, person_id, ())
        yield
    if in_transaction:
        outer = _current.get()
        if outer is not None:
            _declare(outer.county_id, outer.person_id, outer.viewers)
        else:
            _declare(None, None, ())


@contextmanager
def widened(viewers: Iterable[UUID]) -> Iterator[None]:
    """Inside `acting`: for these statements the transaction reaches what `viewers` reach.

    For figures that are kept and are the same for everybody who looks; what is read here does not go out
    to the actor.
    """
    actor = current()
    with transaction.atomic():
        # An error rolls back to here, and the settings with it.
        _declare(actor.county_id, actor.person_id, viewers)
        yield
        _declare(actor.county_id, actor.person_id, actor.viewers)


def _declare(county_id: int | None, person_id: UUID | None, viewers: Iterable[UUID]) -> None:
    """The three settings that the policies of `orgs.rls` read; empty means: sees nothing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('huyuan.county', %s, true), set_config('huyuan.person', %s, true),"
            " set_config('huyuan.viewers', %s, true)",
            [str(county_id or ""), str(person_id or ""), ",".join(map(str, viewers))],
        )
