"""One way to insert, change and remove a row: checked, traced, and refused in Chinese when the database
says no."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction

from huyuan.kernel.copying import insert_rows
from huyuan.kernel.errors import Refused
from huyuan.orgs.actor import Actor
from huyuan.orgs.permissions import not_found
from huyuan.trace import actions as trace

SomeRow = TypeVar("SomeRow", bound=models.Model)

# Constraint → what to tell whoever ran into it.
BROKEN = {
    "orgs_region_name": "同一个上级区划下已经有这个名称。请换一个名称，或直接使用已有的。",
    "orgs_organisation_key": "这个单位代号已经有单位在用。请换一个代号。",
    "orgs_organisation_root": "本县的县级政府已经建立，不能再建一个。",
    "orgs_organisation_dates": "撤销日期要晚于设立日期。请改正日期。",
    "orgs_organisation_merged": "并入别的单位，要有并入的日期，也不能并入自己。请改正。",
    "orgs_attribute_step": "这一天已经有这一项的记录。请选另一天，或先更正原记录。",
    "orgs_place_name": "本单位已经有这个名称的地点。请换一个名称。",
    "orgs_place_point": "纬度在-90至90度之间，经度在-180至180度之间。请改正位置。",
    "orgs_bell_step": "这个时段从这一天起的时刻刚刚由别人登记。请刷新后核对。",
    "orgs_class_name": "本学年已经有这个班级。",
    "orgs_post_once": "本单位已经有这个职务。",
    "orgs_appointment_once": "这个人当天已经担任这个职务，不必重复任命。",
    "orgs_appointment_dates": "任职的结束日期不能早于开始日期。请改正日期。",
    "orgs_certificate_once": "这份证件已经登记过。",
    "orgs_certificate_dates": "证件的到期日期不能早于发证日期。请改正日期。",
    "orgs_liaison_once": "这两个单位当天已经建立联系。",
    "orgs_liaison_dates": "联系的结束日期不能早于开始日期。请改正日期。",
    "orgs_liaison_two": "不能把单位自己设为联系单位。请选择另一个单位。",
    "orgs_term_once": "这个学期已经有了。",
    "orgs_term_dates": "学期的结束日期要晚于开始日期。请改正日期。",
    "orgs_account_username_key": "这个账号已经有人用。请换一个账号。",
    "orgs_account_person_id_key": "这个人已经有账号。",
    "orgs_account_phone_once": "这个手机号码已经登记在另一个账号上。请核对号码。",
    "orgs_identity_subject": "这个企业账号已经绑定了另一个人。请先在那个账号上解除绑定。",
    "orgs_identity_person": "您已经绑定了一个企业账号。要换绑请先解除。",
    "orgs_slip_one_open": "这个账号的激活单刚刚由别人发出。请刷新后核对。",
}

# Columns of which the trace keeps nothing, not even that kind of digest.
UNTRACED = ("password", "phone_hash")

FIELD_ZH = {
    "name": "名称",
    "short_name": "简称",
    "key": "代号",
    "kind": "类别",
    "title": "职务名称",
    "school_year": "学年",
    "pupils": "学生人数",
    "text": "内容",
    "number": "数值",
    "username": "账号",
    "year": "年份",
    "from_day": "开始日期",
    "until": "结束日期",
    "starts": "开始时间",
    "ends": "结束时间",
    "day": "日期",
}


def insert(row: models.Model, *, actor: Actor, org_id: UUID | None, now: datetime) -> None:
    """Check and insert `row`, with its trace. Raises `Refused` (`invalid`, `conflict-exists`)."""
    insert_all([(row, org_id)], actor=actor, now=now)


def insert_all(rows: Sequence[tuple[models.Model, UUID | None]], *, actor: Actor, now: datetime) -> None:
    """Check and insert rows of one table, each with the organisation it is traced under; all or none."""
    if not rows:
        return
    with _refusing():
        for row, _ in rows:
            _check(row)
        insert_rows([row for row, _ in rows])
    acts = [
        trace.Act("create", row._meta.db_table, row.pk, org_id, None, values(row)) for row, org_id in rows
    ]
    trace.record_all(actor.snapshot(), acts, now=now)


def change(row: models.Model, *, actor: Actor, org_id: UUID | None, now: datetime, **new: Any) -> None:
    """Set the fields that differ, with what they were; nothing differs: nothing is written."""
    differing = {name: value for name, value in new.items() if getattr(row, name) != value}
    if not differing:
        return
    before = {name: getattr(row, name) for name in differing}
    for name, value in differing.items():
        setattr(row, name, value)
    with _refusing():
        _check(row)
        row.save(update_fields=list(differing))
    table = row._meta.db_table
    traced = [{key: of[key] for key in of if key not in UNTRACED} for of in (before, differing)]
    trace.record(actor.snapshot(), "alter", table, row.pk, org_id, *traced, now=now)


def change_all(
    changes: Sequence[tuple[models.Model, UUID | None, Mapping[str, Any]]], *, actor: Actor, now: datetime
) -> None:
    """Give rows of one table, each with the organisation it is traced under, their new values; a constant
    number of statements for each thousand."""
    acts: list[trace.Act] = []
    by_fields: dict[tuple[str, ...], list[models.Model]] = defaultdict(list)
    for row, org_id, new in changes:
        before = {name: getattr(row, name) for name in new}
        for name, value in new.items():
            setattr(row, name, value)
        acts.append(trace.Act("alter", row._meta.db_table, row.pk, org_id, before, dict(new)))
        by_fields[tuple(sorted(new))].append(row)
    with _refusing():
        for names, rows in by_fields.items():
            for row in rows:
                _check(row)
            fields = [field.name for field in rows[0]._meta.concrete_fields if names.count(field.attname)]
            type(rows[0])._default_manager.bulk_update(rows, fields, batch_size=1000)
    trace.record_all(actor.snapshot(), acts, now=now)


def remove(row: models.Model, *, actor: Actor, org_id: UUID | None, now: datetime) -> None:
    """Delete a row that nothing points to; the trace keeps what it said."""
    before, key = values(row), row.pk
    row.delete()
    trace.record(actor.snapshot(), "remove", row._meta.db_table, key, org_id, before, None, now=now)


def remove_all(rows: Sequence[tuple[models.Model, UUID | None]], *, actor: Actor, now: datetime) -> None:
    """The same for rows of one table."""
    if not rows:
        return
    acts = [trace.Act("remove", row._meta.db_table, row.pk, org_id, values(row)) for row, org_id in rows]
    type(rows[0][0])._default_manager.filter(pk__in=[row.pk for row, _ in rows]).delete()
    trace.record_all(actor.snapshot(), acts, now=now)


def locked(rows: models.QuerySet[SomeRow], key: UUID) -> SomeRow:
    """The row with this id, locked for the rest of the transaction; `not-found` when it isn't there or not
    seen."""
    row = rows.select_for_update(of=("self",)).filter(pk=key).first()
    if row is None:
        raise not_found()
    return row


def values(row: models.Model) -> dict[str, Any]:
    """What the trace keeps of a row: every column but id and county; never a password."""
    left_out = ("id", "county_id", *UNTRACED)
    return {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if field.attname not in left_out
    }


def _check(row: models.Model) -> None:
    """Lengths, choices and forms of the plain columns; keys are for the database to check."""
    not_here = {
        field.name
        for field in row._meta.concrete_fields
        if field.is_relation or (field.null and getattr(row, field.attname) is None)
    }
    try:
        row.clean_fields(exclude={*not_here, "password"})
    except ValidationError as wrong:
        field, messages = next(iter(wrong.message_dict.items()))
        raise Refused(
            "invalid", f"{FIELD_ZH.get(field, field)}：{messages[0]}请改正后再保存。", field=field
        ) from None


@contextmanager
def _refusing() -> Iterator[None]:
    """A savepoint; a broken constraint becomes its sentence."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
        if name not in BROKEN:
            raise
        raise Refused("conflict-exists", BROKEN[name], constraint=name) from error
