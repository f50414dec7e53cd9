"""Whose a request is: its session, the account, the person with the posts of the day and what they see, in
two statements. Nothing of it is kept: whoever was signed out, lost a post or chose another password is known
at once (docs/adr/0007-no-cached-sessions.md).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Model
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from huyuan.kernel.days import day_of
from huyuan.orgs import session
from huyuan.orgs.actor import Actor, arrived
from huyuan.orgs.models import Account, SignIn
from huyuan.orgs.signins import SessionStore


def names(model: type[Model]) -> list[str]:
    """The columns of a table in the order of its model."""
    return [field.attname for field in model._meta.concrete_fields]


ROW, ACCOUNT = names(SignIn), names(Account)
COLUMNS = ", ".join([*(f"signin.{name}" for name in ROW), *(f"account.{name}" for name in ACCOUNT)])
# Sessions and accounts are read before anybody is known. From here on the transaction sees the person.
WHOSE = f"""
SELECT {COLUMNS}, set_config('huyuan.county', account.county_id::text, true),
       set_config('huyuan.person', account.person_id::text, true)
  FROM orgs_signin AS signin JOIN orgs_account AS account ON account.id = signin.account_id
 WHERE signin.session_key = %s AND signin.expire_date > %s AND account.is_active
"""


@contextmanager
def arriving(request: HttpRequest, now: datetime, *, reading: bool) -> Iterator[Actor | None]:
    """The transaction of a request, acting as whose it is; sets `request.user`. None: nobody signed in."""
    store = request.session
    assert isinstance(store, SessionStore)

    def who() -> tuple[Actor, session.Revision] | None:
        account = account_of(store, now)
        if account is None:
            return None
        request.user = account
        return arrived(account, day_of(now), reading=reading)

    with session.arriving(who, reading=reading) as actor:
        yield actor


def account_of(store: SessionStore, now: datetime) -> Account | None:
    """The account that has signed in with this session and not chosen another password since; one statement,
    none without a session."""
    if not store.session_key:
        return None
    with connection.cursor() as cursor:
        cursor.execute(WHOSE, [store.session_key, now])
        found = cursor.fetchone()
    if found is None:
        return None
    store.row = SignIn.from_db(DEFAULT_DB_ALIAS, ROW, found[: len(ROW)])
    account = Account.from_db(DEFAULT_DB_ALIAS, ACCOUNT, found[len(ROW) : len(ROW) + len(ACCOUNT)])
    known = constant_time_compare(store.get(HASH_SESSION_KEY, ""), account.get_session_auth_hash())
    return account if known and store.get(BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS else None
