"""The scope of a transaction: whose county and whose organisations row-level security lets through.

The settings live as long as the transaction, so a pooled connection never carries them to the next request.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import connection, transaction

if TYPE_CHECKING:
    from huyuan.orgs.actor import Actor

LIBRARY = 0
"""Where a county's code stands: the library of packs, which is one for all counties."""

Revision = tuple[UUID | None, UUID | None]
"""Of a county and of the library: another one whenever a table that is watched has changed (`orgs.kept`).
None where nobody has written anything yet."""


@dataclass(frozen=True)
class Scope:
    """The settings that the policies of `orgs.rls` read; empty ones see nothing. `reading`: this transaction
    changes no table that is watched; the database holds it to that."""

    county_id: int | None = None
    person_id: UUID | None = None
    viewers: tuple[UUID, ...] = ()
    reading: bool = False


NOTHING = Scope()


@dataclass(frozen=True)
class Running:
    """The running transaction. `revision`: of the actor's county as it began, where it only reads."""

    actor: "Actor"
    revision: Revision | None


_running: ContextVar[Running | None] = ContextVar("huyuan_running", default=None)
_scope: ContextVar[Scope] = ContextVar("huyuan_scope", default=NOTHING)


@contextmanager
def acting(actor: "Actor") -> Iterator["Actor"]:
    """One transaction, in which `actor` sees what its organisations reach and nothing else.

    Inside another `acting` of the same actor it is a savepoint. Of another actor it is a programming error: a
    transaction has one scope.
    """
    outer = _running.get()
    if outer is not None:
        if outer.actor != actor:
            raise RuntimeError(f"acting as {actor.name!r} inside a transaction of {outer.actor.name!r}")
        with transaction.atomic():
            yield actor
        return
    with _scoped(_scope_of(actor)), _running_as(actor, None):
        yield actor


@contextmanager
def arriving(
    who: Callable[[], "tuple[Actor, Revision] | None"], *, reading: bool
) -> Iterator["Actor | None"]:
    """`acting` for whoever comes from outside: `who` finds the actor by statements that make the settings of
    its scope themselves. Nobody: nothing is in sight. Whoever is `reading` goes by what the county had
    decided when the transaction began."""
    with _transaction():
        found = who()
        if found is None:
            yield None
            return
        actor, at = found
        with _in(_scope_of(actor, reading)), _running_as(actor, at if reading else None):
            yield actor


def _scope_of(actor: "Actor", reading: bool = False) -> Scope:
    return Scope(actor.county_id, actor.person_id, actor.viewers, reading)


def current() -> "Actor":
    """The actor of the running transaction; outside `acting` it is a programming error."""
    running = _running.get()
    if running is None:
        raise RuntimeError("outside acting(actor): this transaction has no scope")
    return running.actor


@contextmanager
def declared(*, county_id: int, person_id: UUID | None = None) -> Iterator[None]:
    """A transaction before the actor is known: it sees the county's organisations and posts, and of all
    people only `person_id`. Afterwards the scope is what it was."""
    with _scoped(Scope(county_id, person_id, (), _scope.get().reading)):
        yield


@contextmanager
def widened(viewers: Iterable[UUID]) -> Iterator[None]:
    """Inside `acting`: for these statements the transaction reaches what `viewers` reach.

    For writes that belong to another organisation than the one permitted to cause them (代录); what is read
    here does not go out to the actor.
    """
    with _scoped(replace(_scope.get(), viewers=tuple(viewers))):
        yield


@contextmanager
def up_to_date() -> Iterator[None]:
    """Inside `acting`: what the county decided since the transaction began counts too, although it only
    reads. For what outlives the transaction."""
    with _running_as(current(), None):
        yield


def revision(county_id: int) -> Revision:
    """The revision of a county (`LIBRARY`: of the library alone) as this transaction sees it; one query, none
    where the transaction only reads."""
    running = _running.get()
    if running and running.revision:
        county, library = running.revision
        if county_id in (running.actor.county_id, LIBRARY):
            return (library if county_id == LIBRARY else county), library
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {REVISION}", [county_id, LIBRARY])
        return revision_in(cursor.fetchone())


@contextmanager
def _scoped(scope: Scope) -> Iterator[None]:
    """A transaction, or a part of the running one, with this scope."""
    with _transaction():
        _declare(scope)
        with _in(scope):
            yield


@contextmanager
def _in(scope: Scope) -> Iterator[None]:
    token = _scope.set(scope)
    try:
        yield
    finally:
        _scope.reset(token)


@contextmanager
def _running_as(actor: "Actor", at: Revision | None) -> Iterator[None]:
    token = _running.set(Running(actor, at))
    try:
        yield
    finally:
        _running.reset(token)


@contextmanager
def _transaction() -> Iterator[None]:
    """A transaction, or a part of the running one, after which the scope is what it was. An error rolls back
    to here, and the settings with it."""
    inside = connection.in_atomic_block
    with transaction.atomic():
        yield
    if inside:
        _declare(_scope.get())


# A county's number and the library's; the parameters are the county and `LIBRARY`.
REVISION = ", ".join(["(SELECT number FROM orgs_revision WHERE county_id = %s)"] * 2)
DECLARE = """
SELECT set_config('huyuan.county', %s, true), set_config('huyuan.person', %s, true),
       set_config('huyuan.viewers', %s, true), set_config('huyuan.reading', %s, true)
"""


def _declare(scope: Scope) -> None:
    """Make the settings of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            DECLARE,
            [
                str(scope.county_id or ""),
                str(scope.person_id or ""),
                ",".join(map(str, scope.viewers)),
                "on" if scope.reading else "",
            ],
        )


def revision_in(row: Sequence[Any]) -> Revision:
    """The revision in a row that begins with the columns of `REVISION`."""
    county, library, *_ = row
    return county, library
