"""What a view of this program is given."""

from datetime import datetime

from django.http import HttpRequest

from huyuan.orgs.actor import Actor


class SignedInRequest(HttpRequest):
    """A request behind `orgs.middleware`: who acts, and the instant at which it arrived."""

    actor: Actor
    now: datetime
