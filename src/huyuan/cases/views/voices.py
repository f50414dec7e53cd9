"""What parents and the public reported, at the school's side; the sheet with the code for the gate."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.http import FileResponse, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huyuan.cases import actions, forms, queries
from huyuan.cases.models import Voice
from huyuan.cases.queries import HAZARD
from huyuan.cases.voices import KINDS, VOICE, VOICE_STATES, VoiceFacts
from huyuan.kernel.days import zh_deadline
from huyuan.kernel.errors import Refused
from huyuan.kernel.fields import Field, parse
from huyuan.orgs.models import Organisation
from huyuan.orgs.permissions import not_found, reached, require
from huyuan.orgs.request import SignedInRequest
from huyuan.orgs.views.codes import picture
from huyuan.registers.forms import values_of
from huyuan.registers.sheets import moment_text
from huyuan.registers.views.filling import uuid_given
from huyuan.trace import files

SIGNS = {"received": "owed", "taken": "unknown", "answered": "met", "aside": "waived"}


@require_safe
def voices(request: SignedInRequest) -> HttpResponse:
    """What waits for my answer, what was answered; for those above how many there are."""
    actor, now = request.actor, request.now
    answering = queries.answers_for(actor)
    if not answering and not reached(actor, "voice.count"):
        raise not_found()
    waiting, done = queries.inbox(actor) if answering else ([], [])
    context = {
        "answering": answering,
        "waiting": [row(one, now) for one in waiting],
        "done": [row(one, now) for one in done],
        "counts": queries.voice_counts(actor, now),
    }
    return render(request, "cases/voices.html", context)


def row(voice: Voice, now: datetime) -> dict[str, Any]:
    """One of them as the list shows it."""
    ready = waits(voice)
    overdue = ready and voice.due_at <= now
    said = voice.content if len(voice.content) <= 40 else f"{voice.content[:40]}…"
    notes = [
        voice.org.short_name,
        KINDS[voice.kind],
        f"{moment_text(voice.received_at)}收到",
        zh_deadline(voice.due_at, now) if ready else "",
        voice.case.number if voice.case else "",
    ]
    word = "隐患已销号，待答复" if ready and voice.case else VOICE_STATES[voice.state]
    return {
        "url": reverse("cases:voice", args=[voice.id]),
        "title": f"{voice.spot}：{said}",
        "note": " · ".join(filter(None, notes)),
        "sign": "overdue" if overdue else "owed" if ready else SIGNS[voice.state],
        "word": "超期未答复" if overdue else word,
    }


def waits(voice: Voice) -> bool:
    """Does it wait for an answer? The same as `queries.voices.WAITS`."""
    over = voice.case is not None and voice.case.state in ("closed", "void")
    return voice.state == "received" or (voice.state == "taken" and over)


@require_http_methods(["GET", "HEAD", "POST"])
def voice(request: SignedInRequest, voice_id: UUID) -> HttpResponse:
    """One of them: what was said, what can be done with it; `verb` of the posted form: what is done."""
    found = queries.voice_seen(request.actor, voice_id)
    errors: dict[str, str] = {}
    verb = request.POST.get("verb", "") if request.method == "POST" else ""
    client_id, values = uuid4(), {"spot": found.spot}
    if request.method == "POST":
        if verb not in VOICE.verbs:
            raise not_found()
        client_id = uuid_given(request.POST.get("client_uuid", ""))
        fields = fields_of(verb)
        given = {name: list(sent) for name, sent in request.POST.lists()}
        body, errors = parse(fields, {field.id: given.get(field.id, []) for field in fields})
        values = values_of(fields, given)
        if not errors:
            try:
                return HttpResponseRedirect(done(request, found, verb, client_id, body))
            except Refused as refused:
                if refused.http_status in (403, 404):
                    raise
                errors = {"": refused.message}
    return render(
        request,
        "cases/voice.html",
        context_of(request, found, verb, client_id, values, errors),
        status=422 if errors else 200,
    )


def done(request: SignedInRequest, found: Voice, verb: str, client_id: UUID, body: dict[str, Any]) -> str:
    """Do it; where to go then."""
    told: dict[str, Any] = {"actor": request.actor, "voice_id": found.id, "now": request.now, **body}
    if verb == "take-up":
        case = actions.take_up(client_id=client_id, **told)
        return f"{reverse('cases:case', args=[case.id])}?received={client_id}"
    (actions.answer if verb == "answer" else actions.set_aside)(**told)
    return reverse("cases:voice", args=[found.id])


def fields_of(verb: str) -> tuple[Field, ...]:
    """What a step asks."""
    if verb == "take-up":
        return forms.taking_up(queries.spec_of(HAZARD))
    return (forms.ANSWER if verb == "answer" else forms.REASON,)


def context_of(
    request: SignedInRequest,
    found: Voice,
    verb: str,
    client_id: UUID,
    values: dict[str, Any],
    errors: dict[str, str],
) -> dict[str, Any]:
    """The page of one of them."""
    facts = VoiceFacts(case_state=found.case.state if found.case else "")
    steps = [one.verb for one in VOICE.allowed(found.state, "answerer", facts)]
    line = row(found, request.now)
    case = found.case
    pairs = (
        ("单位", found.org.name),
        ("反映的", KINDS[found.kind]),
        ("在哪里", found.spot),
        ("收到", moment_text(found.received_at)),
        ("答复期限", zh_deadline(found.due_at, request.now) if waits(found) else ""),
        ("转成的隐患", {"text": case.number, "url": reverse("cases:case", args=[case.id])} if case else ""),
        ("答复时间", moment_text(found.answered_at) if found.answered_at else ""),
    )
    return {
        "voice": found,
        "sign": line["sign"],
        "word": line["word"],
        "facts": [{"key": key, "value": value} for key, value in pairs if value],
        "photos": [reverse("cases:voice-file", args=[one.id]) for one in found.files.all()],
        "steps": [
            {
                "verb": step,
                "label": VOICE.verbs[step],
                "fields": fields_of(step),
                "open": step == verb,
                "answers": values if step in (verb, "take-up") else {},
                "errors": errors if step == verb else {},
            }
            for step in steps
        ],
        "errors": errors,
        "client_id": client_id,
        "blocked": "转成的隐患还没有销号。销号以后在这里答复。"
        if case and not steps and not found.answer
        else "",
    }


@require_POST
@never_cache
def voice_phone(request: SignedInRequest, voice_id: UUID) -> HttpResponse:
    """The number that was left, shown once; who looked stands in the record."""
    found = queries.voice_seen(request.actor, voice_id)
    number = actions.phone_of(actor=request.actor, voice_id=voice_id, now=request.now)
    return render(request, "cases/voice_phone.html", {"voice": found, "number": number})


@require_safe
def voice_file(request: SignedInRequest, voicefile_id: UUID) -> FileResponse:
    """A photo that came with one of them."""
    one = queries.voice_file_seen(request.actor, voicefile_id)
    return files.served(one.file, "反映的照片")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def gate_code(request: SignedInRequest) -> HttpResponse:
    """The sheet for the gate, to be printed; make a new code, or use none any more."""
    org = organisation_of(request)
    if request.method == "POST":
        act = actions.withdraw_code if "withdraw" in request.POST else actions.make_code
        act(actor=request.actor, org_id=org.id, now=request.now)
        return HttpResponseRedirect(f"{reverse('cases:gate-code')}?org={org.id}")
    code = queries.gate_code(org.id)
    base = settings.PUBLIC_URL or request.build_absolute_uri("/").rstrip("/")
    address = base + reverse("cases:gate", args=[actions.token_of(code)]) if code else ""
    context = {
        "org": org,
        "code": code,
        "address": address,
        "picture": picture(address) if address else "",
        "made": moment_text(code.made_at) if code else "",
        "days": queries.voices_spec().answer_days,
    }
    return render(request, "cases/gate_code.html", context)


def organisation_of(request: SignedInRequest) -> Organisation:
    """What the address says, else the first of the actor's own that answers. Raises Refused
    `not-found`."""
    asked = request.POST.get("org") or request.GET.get("org")
    able = reached(request.actor, "voice.answer")
    own = next((holding.org_id for holding in request.actor.holdings if holding.org_id in able), None)
    org_id = uuid_given(asked) if asked else own
    if org_id is None:
        raise not_found()
    require(request.actor, "voice.answer", org_id)
    return Organisation.objects.get(id=org_id)
