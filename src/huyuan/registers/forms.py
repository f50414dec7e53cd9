"""Between what a browser posts and what the form page shows: rows, files that come with the form, what may
be chosen."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.urls import reverse

from huyuan.kernel.days import day_of
from huyuan.kernel.errors import Refused
from huyuan.kernel.fields import STORED, Field
from huyuan.registers import queries
from huyuan.registers.models import EntryFile
from huyuan.registers.rules import PAGE_NAMES, Handed, handed_in
from huyuan.registers.schema import FormSpec
from huyuan.trace import files


@dataclass
class Posted:
    """A posted form: answers as `kernel.fields.parse` reads them, files already stored, and what was wrong
    with them."""

    answers: dict[str, list[str]]
    uploads: dict[UUID, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


def posted(request: HttpRequest, fields: Sequence[Field], county_id: int, now: datetime) -> Posted:
    """Read a request: store its files, take out the row to remove, number the rows from 0 on.

    A file that can't be taken is an error at its field; everything else is kept.
    """
    found = Posted({name: list(values) for name, values in request.POST.lists() if name not in PAGE_NAMES})
    for name, sent in request.FILES.lists():
        for upload in sent:
            store(found, name, upload, county_id, now)
    removed = request.POST.get("_remove", "")
    if removed:
        found.answers = {
            name: values for name, values in found.answers.items() if not name.startswith(f"{removed}.")
        }
    renumber(found, fields)
    return found


def handed(request: HttpRequest, now: datetime) -> Handed:
    """When the button was pressed, by what the device says of its clock; without a script it says nothing."""
    pressed, sent = (instant_given(request.POST.get(name, "")) for name in ("device_at", "device_sent_at"))
    return handed_in(pressed, sent, now)


def instant_given(text: str) -> datetime | None:
    """An instant as a device writes it, with its zone; anything else is none."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return instant if instant.tzinfo and 1970 <= instant.year <= 2200 else None


def store(found: Posted, name: str, upload: "UploadedFile[Any]", county_id: int, now: datetime) -> None:
    """Store one file and put its id among the answers; the size is refused before the bytes are read."""
    try:
        stored = files.store(upload.read(files.LIMIT + 1), county_id=county_id, now=now)
    except Refused as refused:
        found.errors[name] = refused.message
        return
    found.uploads[stored.id] = upload.name or "未命名"
    found.answers.setdefault(name, []).append(str(stored.id))


def renumber(found: Posted, fields: Sequence[Field]) -> None:
    """Rows as the page numbers them: from 0, without gaps; errors of their files move with them."""
    for group in (one for one in fields if one.type == "group"):
        row = re.compile(re.escape(group.id) + r"\.(\d{1,4})\.(.+)")
        names = {*found.answers, *found.errors}
        numbers = sorted({int(match[1]) for name in names if (match := row.fullmatch(name))})
        place = {number: index for index, number in enumerate(numbers)}

        def moved(
            name: str, row: re.Pattern[str] = row, place: dict[int, int] = place, key: str = group.id
        ) -> str:
            match = row.fullmatch(name)
            return f"{key}.{place[int(match[1])]}.{match[2]}" if match else name

        found.answers = {moved(name): values for name, values in found.answers.items()}
        found.errors = {moved(name): text for name, text in found.errors.items()}


def values_of(fields: Sequence[Field], answers: Mapping[str, list[str]], prefix: str = "") -> dict[str, Any]:
    """The answers as the page draws them again, readable or not."""
    values: dict[str, Any] = {}
    for one in fields:
        name = prefix + one.id
        if one.type == "group":
            numbers = {
                int(key[len(name) + 1 :].split(".")[0]) for key in answers if key.startswith(f"{name}.")
            }
            values[one.id] = [
                values_of(one.fields, answers, f"{name}.{number}.") for number in sorted(numbers)
            ]
        elif one.type == "location":
            values[one.id] = {
                key: (answers.get(f"{name}.{key}") or [""])[0] for key in ("lat", "lng", "datum", "name")
            }
        elif one.type in ("choices", *STORED) or one.many:
            # A browser sends an empty text for a file field in which nothing was chosen.
            values[one.id] = [value for value in answers.get(name, ()) if value]
        elif answers.get(name):
            values[one.id] = answers[name][0]
    return values


def with_file_names(
    fields: Sequence[Field], values: Mapping[str, Any], known: Mapping[str, dict[str, str]]
) -> dict[str, Any]:
    """The values with {id, name, url} in the place of ids of files."""
    shown = dict(values)
    for one in fields:
        if one.type == "group":
            shown[one.id] = [with_file_names(one.fields, row, known) for row in values.get(one.id) or ()]
        elif one.type in STORED and values.get(one.id):
            ids = [values[one.id]] if isinstance(values[one.id], str) else values[one.id]
            shown[one.id] = [known.get(key, {"id": key, "name": "已收到的文件", "url": ""}) for key in ids]
    return shown


def file_names(entry_files: Sequence[EntryFile]) -> dict[str, dict[str, str]]:
    """How the page names stored files, by the id of the file."""
    return {
        str(one.file_id): {
            "id": str(one.file_id),
            "name": one.name,
            "url": reverse("registers:file", args=[one.id]),
            "type": one.file.media_type,
        }
        for one in entry_files
    }


def options_of(
    spec: FormSpec, org_id: UUID, values: Mapping[str, Any], now: datetime
) -> dict[str, list[dict[str, str]]]:
    """What each picker of the form offers, by field id; `values`: what was chosen already."""
    chosen = {key for kind, _, key in queries.references(spec, values) if kind == "event"}
    ids = {UUID(key) for key in chosen if queries.is_uuid(key)}
    offered = queries.choices_of(spec, org_id, day_of(now))
    offered |= queries.events_to_answer(spec, org_id, ids, now)
    return {name: [{"value": key, "label": text} for key, text in some] for name, some in offered.items()}


def in_form_order(spec: FormSpec, errors: Mapping[str, str]) -> dict[str, str]:
    """The errors in the order of the form, for the summary on top; what no field of the form is comes
    last."""
    order = {one.id: index for index, one in enumerate(spec.fields)}
    names = sorted(errors, key=lambda name: order.get(name.split(".")[0], len(order)))
    return {name: errors[name] for name in names}
