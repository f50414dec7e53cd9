"""A form opened to be filled in: by whom and for whom, and whether what was typed can be handed in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from huyuan.kernel.days import day_of
from huyuan.kernel.errors import Refused
from huyuan.kernel.fields import parse
from huyuan.orgs.actor import Actor
from huyuan.orgs.permissions import not_found, require
from huyuan.registers import effects, orders, queries
from huyuan.registers.models import Form
from huyuan.registers.rules import (
    SHEET,
    Handed,
    ahead_of_time,
    amiss,
    may_be_recorded_for,
    naming_fields,
    school_may_record,
    with_sheet,
)
from huyuan.registers.schema import FormSpec
from huyuan.trace import files
from huyuan.trace.models import File

Answers = Mapping[str, list[str]]
Uploads = Mapping[UUID, str]
"""Files stored for this request: id → the name under which they were sent."""


@dataclass(frozen=True)
class Sheet:
    """A form opened by somebody who may fill it in for an organisation. `recorded_by`: the organisation that
    does so on behalf of `org_id` (代录); `naming`: the field in which the entry must name it, if it must."""

    actor: Actor
    person_id: UUID
    form: Form
    spec: FormSpec
    org_id: UUID
    org_name: str
    class_id: UUID | None
    recorded_by: UUID | None
    naming: str | None
    uploads: Uploads
    handed: Handed
    now: datetime


def opened(
    actor: Actor,
    form_id: UUID,
    org_id: UUID,
    recorded_by: UUID | None,
    uploads: Uploads | None,
    now: datetime,
    handed: Handed | None = None,
) -> Sheet:
    """The form in the version it was opened with. Raises `unknown-form-version`, `forbidden-form`."""
    form = queries.form_version(form_id)
    spec = queries.spec_of(form)
    require(actor, "entry.fill", recorded_by or org_id)
    if actor.person_id is None:
        raise not_found()
    for_whom = (
        on_behalf(actor, spec, org_id, recorded_by) if recorded_by else for_oneself(actor, spec, org_id)
    )
    return Sheet(
        actor=actor,
        person_id=actor.person_id,
        form=form,
        org_id=org_id,
        recorded_by=recorded_by,
        uploads=uploads or {},
        handed=handed or Handed(now),
        now=now,
        **for_whom,
    )


def for_oneself(actor: Actor, spec: FormSpec, org_id: UUID) -> dict[str, Any]:
    """The parts of a `Sheet` that depend on the actor's own post. Raises `forbidden-form`."""
    post = queries.filling_post(actor, spec, org_id)
    if post is None:
        raise Refused(
            "forbidden-form", f"“{spec.title}”由其他岗位登记。请联系负责的同事，或请管理员调整任职。"
        )
    return {"spec": spec, "org_name": post.org_name, "class_id": post.class_id, "naming": None}


def on_behalf(actor: Actor, spec: FormSpec, org_id: UUID, recorded_by: UUID) -> dict[str, Any]:
    """The same of what is recorded for another organisation. Raises `not-found` for one that is not the
    actor's to record for, `forbidden-form` for a form that is not."""
    require(actor, "entry.proxy", recorded_by)
    keeper = next((one for one in queries.keepers(actor) if one.org_id == recorded_by), None)
    agency = next((one for one in queries.agencies_of(actor, recorded_by) if one.id == org_id), None)
    if keeper is None or agency is None:
        raise not_found()
    school_cannot = keeper.school and not school_may_record(spec, keeper.kind)
    if school_cannot or not may_be_recorded_for(spec, agency.kind):
        raise Refused(
            "forbidden-form",
            f"“{spec.title}”不能由{keeper.name}代{agency.name}登记。请从“代其他单位登记”里重新选择。",
        )
    return {
        "spec": with_sheet(spec),
        "org_name": agency.name,
        "class_id": None,
        "naming": naming_fields(spec, keeper.kind)[0] if keeper.school and not spec.by_school else None,
    }


def checked(sheet: Sheet, answers: Answers) -> tuple[dict[str, Any], datetime, dict[str, str]]:
    """The body, when it happened, and the names behind the ids in it. Raises `invalid-entry` with every error
    at its field."""
    body, errors = parse(sheet.spec.fields, answers)
    occurred_at = sheet.handed.at
    if sheet.spec.happened not in errors:
        occurred_at = effects.happened_at(sheet.spec, body, sheet.handed.at)
        if ahead_of_time(occurred_at, sheet.now):
            errors[str(sheet.spec.happened)] = "发生时间还没有到，请核对日期和时刻。"
        elif not timely(sheet, day_of(occurred_at)):
            errors[str(sheet.spec.happened)] = "这一天不在有关命令的有效期内，不用登记。请核对日期。"
    offered, missing = pointed_at(sheet, body)
    errors = amiss(sheet.spec, body, day_of(sheet.now)) | missing | unfit_to_stand_for(sheet, body) | errors
    if errors:
        raise Refused("invalid-entry", f"还有{len(errors)}处需要改，已填的内容都还在。", errors=errors)
    return body, occurred_at, offered


def unfit_to_stand_for(sheet: Sheet, body: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with an entry as one recorded for another organisation: the signed paper is no paper, or
    a school records what does not concern it."""
    errors = {}
    papers = [key for key in body.get(SHEET.id, ()) if queries.is_uuid(key)] if sheet.recorded_by else []
    if papers and File.objects.filter(id__in=papers).exclude(media_type__in=files.SIGNED).exists():
        errors[SHEET.id] = "请交签字表的照片或 PDF，不收表格和文档。"
    named = {key for kind, _, key in queries.references(sheet.spec, body) if kind == "organisation"}
    if sheet.naming and str(sheet.recorded_by) not in named:
        errors[sheet.naming] = "请在这里选上本校：学校只代录涉及本校的事。"
    return errors


def timely(sheet: Sheet, day: date) -> bool:
    """A form that lives only while an order does takes the days on which that is in force."""
    return not sheet.spec.while_in_force or bool(orders.in_force([sheet.form.id], [sheet.org_id], day))


def pointed_at(sheet: Sheet, body: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """The names of the people, places, organisations and events that may be chosen, by id, and errors for
    those in the body that may not."""
    pointed = [one for one in queries.references(sheet.spec, body) if one[0] != "file"]
    if not pointed:
        return {}, {}
    chosen = {UUID(key) for kind, _, key in pointed if kind == "event" and queries.is_uuid(key)}
    offered = queries.choices_of(sheet.spec, sheet.org_id, day_of(sheet.now))
    offered |= queries.events_to_answer(sheet.spec, sheet.org_id, chosen, sheet.now)
    choices = {name: dict(options) for name, options in offered.items()}
    names = {key: name for options in choices.values() for key, name in options.items()}
    return names, {
        name: "请重新选择，原来选的已经不在了。"
        for _, name, key in pointed
        if key not in choices[name.rpartition(".")[2]]
    }
