"""Tables of the county: looked through when they come, then brought in whole or not at all."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import models

from huyuan.kernel.days import day_of
from huyuan.kernel.errors import Refused
from huyuan.kernel.sheets import read
from huyuan.orgs.actions.people import leave_all
from huyuan.orgs.actions.reach import rebuild_reach
from huyuan.orgs.actions.rows import change_all, insert_all, locked
from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Upload
from huyuan.orgs.permissions import TABLE, not_found
from huyuan.orgs.session import acting
from huyuan.orgs.tables import TABLES, Plan, Scene, Table
from huyuan.trace import actions as trace

KEPT_FINDINGS = 500
"""So many are kept and shown; who puts those right sees the others when the table comes again."""


def receive_table(*, actor: Actor, key: str, name: str, content: bytes, now: datetime) -> Upload:
    """Look through a table and keep it until its uploader says that it is to be brought in; an earlier one
    that waits is thrown away. Raises Refused `forbidden`, and what `kernel.sheets.read` refuses."""
    with acting(actor):
        plan = look_through(actor, key, content, now)
        if actor.person_id is None:
            raise not_found()
        Upload.objects.filter(uploader_id=actor.person_id, table=key, done_at=None).delete()
        return Upload.objects.create(
            county_id=actor.county_id, table=key, name=name[:120], content=content,
            sha256=hashlib.sha256(content).hexdigest(), uploader_id=actor.person_id, uploaded_at=now,
            **_said(plan),
        )  # fmt: skip


def bring_in_table(*, actor: Actor, upload_id: UUID, now: datetime) -> Upload:
    """Do what the table says, all of it, in one transaction; a repeat changes nothing.

    It is read anew: where something changed meanwhile that stops it, nothing is done and the upload says
    what.
    """
    with acting(actor):
        upload = locked(Upload.objects.filter(uploader_id=actor.person_id), upload_id)
        if upload.done_at:
            return upload
        plan = look_through(actor, upload.table, bytes(upload.content), now)
        for name, value in _said(plan).items():
            setattr(upload, name, value)
        if not plan.stopped:
            carry_out(actor, TABLES[upload.table], plan, now)
            upload.done_at, upload.content = now, b""
            said = {"table": upload.table, "file": upload.name, "sha256": upload.sha256, **upload.counts}
            trace.record(actor.snapshot(), "import", "orgs_upload", upload.id, None, None, said, now=now)
        upload.save()
        return upload


def discard_table(*, actor: Actor, upload_id: UUID) -> None:
    """Throw away a table that waits."""
    with acting(actor):
        locked(Upload.objects.filter(uploader_id=actor.person_id, done_at=None), upload_id).delete()


def look_through(actor: Actor, key: str, content: bytes, now: datetime) -> Plan:
    """What the table would change, and everything that has to be said of it; nothing is written."""
    table = TABLES[key]
    scene = Scene(actor, day_of(now))
    require_open(scene, table)
    reading = read(content, table.layout(scene))
    unread = {finding.line for finding in reading.findings if finding.stops}
    plan = table.plan(scene, [record for record in reading.records if record.line not in unread])
    plan.findings = sorted([*reading.findings, *plan.findings], key=lambda one: one.line)
    return plan


def carry_out(actor: Actor, table: Table, plan: Plan, now: datetime) -> None:
    """Write a plan, table by table; Refused where the database says no."""
    by_model: dict[type[models.Model], list[tuple[models.Model, UUID | None]]] = defaultdict(list)
    for row, org_id in plan.new:
        by_model[type(row)].append((row, org_id))
    for rows in by_model.values():
        insert_all(rows, actor=actor, now=now)
    change_all(plan.changed, actor=actor, now=now)
    leave_all(plan.leaving, actor=actor, now=now)
    rebuild_reach(actor.county_id, day_of(now))
    if table.after:
        table.after(actor.county_id, day_of(now))


def require_open(scene: Scene, table: Table) -> None:
    """Raise Refused `forbidden` unless the actor may bring the table in."""
    if not table.open_to(scene):
        raise Refused(
            "forbidden",
            f"您现在的职务不能{TABLE[table.action].zh}。如确需办理，请联系上级单位。",
            action=table.action,
        )


def _said(plan: Plan) -> Mapping[str, object]:
    """What an upload keeps of being looked through: those findings first that stop it."""
    stopping_first = sorted(plan.findings, key=lambda one: (not one.stops, one.line))
    return {
        "counts": {
            "new": len(plan.new),
            "changed": len(plan.changed) + len(plan.leaving),
            "same": plan.same,
            "findings": len(plan.findings),
        },
        "findings": [[one.line, one.column, one.text, one.stops] for one in stopping_first[:KEPT_FINDINGS]],
        "stopped": plan.stopped,
    }
