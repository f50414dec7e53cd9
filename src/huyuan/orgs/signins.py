"""Sessions in the database (SESSION_ENGINE): each row says whose it is, since when and from which browser,
so that people see their sign-ins and end them (docs/adr/0007-no-cached-sessions.md).

A sign-in that is used stays: its end moves with use, once a tenth of the idle time has passed.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.utils import timezone

from huyuan.orgs.models import SignIn

# What the sign-in leaves in the session for the columns of its row.
ABOUT = "about"


class SessionStore(db.SessionStore):
    """Django's sessions in a table of ours. `row`: what `orgs.arrivals` has read already."""

    row: SignIn | None = None

    @classmethod
    def get_model_class(cls) -> type[SignIn]:
        return SignIn

    def load(self) -> dict[str, Any]:
        row = self.row or self._read()
        if row is None:
            return {}
        left = row.expire_date - timezone.now()
        if left < timedelta(seconds=settings.SESSION_COOKIE_AGE) * 0.9:
            self.modified = True
        kept: dict[str, Any] = self.decode(row.session_data)
        return kept

    def _read(self) -> SignIn | None:
        return SignIn.objects.filter(session_key=self.session_key, expire_date__gt=timezone.now()).first()

    def create_model_instance(self, data: dict[str, Any]) -> SignIn:
        row = super().create_model_instance(data)
        assert isinstance(row, SignIn)
        about = data.get(ABOUT, {})
        row.account_id = data.get(SESSION_KEY)
        row.since = datetime.fromisoformat(about["since"]) if about else None
        row.address = about.get("address")
        row.device = about.get("device", "")
        return row
