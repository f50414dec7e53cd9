"""A form of a notice handed in: taken, or shown again with what was wrong and the files that came."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.core import signing
from django.http import HttpRequest, HttpResponse, QueryDict

from huyuan.kernel.errors import Refused
from huyuan.kernel.fields import Field
from huyuan.orgs.request import SignedInRequest
from huyuan.registers.forms import posted, values_of

HELD = "held"


@dataclass
class Tried:
    """What stands in the form again. `stop`: the sentence for the top of the page; `held`: files already
    received, by id."""

    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    stop: str = ""
    held: dict[UUID, str] = field(default_factory=dict)

    @property
    def context(self) -> dict[str, Any]:
        """What the pages show of it."""
        return {"errors": self.errors, "stop": self.stop, "held": signed(self.held)}

    @property
    def status(self) -> int:
        return 422 if self.errors or self.stop else 200


def handed_in(
    request: SignedInRequest,
    fields: Sequence[Field],
    take: Callable[[dict[str, list[str]], dict[UUID, str]], HttpResponse],
) -> HttpResponse | Tried:
    """What `take` answers, given answers and files; or, where a row is added or removed or something is
    wrong, the form once more."""
    sent = posted(request, fields, request.actor.county_id, request.now)
    held = held_before(request) | sent.uploads
    tried = Tried(redrawn(fields, sent.answers, request.POST), dict(sent.errors), held=held)
    if sent.errors or "_add" in request.POST or "_remove" in request.POST:
        return tried
    try:
        return take(sent.answers, held)
    except Refused as refused:
        if refused.http_status in (403, 404) and refused.code != "unknown-file":
            raise
        tried.errors, tried.stop = errors_of(refused)
    return tried


def redrawn(fields: Sequence[Field], answers: dict[str, list[str]], given: QueryDict) -> dict[str, Any]:
    """What was typed, with one row more where that was asked."""
    values = values_of(fields, answers)
    added = given.get("_add", "")
    if isinstance(values.get(added), list):
        values[added] = [*(values[added] or [{}]), {}]
    return values


def signed(held: Mapping[UUID, str]) -> str:
    """Files that were received with a form that could not be taken yet: the page carries them, signed, so
    that they need not be sent again and nobody can name a file of somebody else."""
    return signing.dumps([[str(key), name] for key, name in held.items()], salt=HELD) if held else ""


def held_before(request: HttpRequest) -> dict[UUID, str]:
    """What `signed` put into the page."""
    try:
        pairs = signing.loads(request.POST.get(HELD, ""), salt=HELD, max_age=24 * 3600)
    except signing.BadSignature:
        return {}
    return {UUID(key): name for key, name in pairs}


def shown(held: Mapping[UUID, str]) -> dict[str, dict[str, str]]:
    """Held files as the form shows them; they have no address yet."""
    return {str(key): {"id": str(key), "name": name, "url": ""} for key, name in held.items()}


def errors_of(refused: Refused) -> tuple[dict[str, str], str]:
    """Errors at their fields, or the one sentence for the top of the page."""
    found = refused.facts.get("errors")
    return (dict(found), "") if isinstance(found, dict) and found else ({}, refused.message)
