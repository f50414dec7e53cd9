"""A directive becomes binding: adoption, what the text leaves open, and new versions."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from huyuan.duties.models import (
    ActorPost,
    AdoptedVersion,
    Adoption,
    LocalValue,
    SignInDate,
)
from huyuan.duties.rules.binding import RULE, locals_of, resolve
from huyuan.duties.schema import RuleSpec
from huyuan.kernel.days import day_of
from huyuan.kernel.errors import Refused
from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Organisation, Reach
from huyuan.orgs.permissions import not_found, require
from huyuan.orgs.session import acting
from huyuan.packs.models import PackVersion
from huyuan.packs.queries import newest
from huyuan.trace import actions as trace

# What may be adopted. The practice told in a report is taken upon oneself, never laid on others.
ADOPTABLE = ("directive", "campaign", "norm", "report")
REPORT = "report"


def adopt(
    *,
    actor: Actor,
    org_id: UUID,
    pack_key: str,
    go_live: date,
    decided_by: str,
    from_day: date | None = None,
    until: date | None = None,
    actors: Mapping[str, str] | None = None,
    local_values: Mapping[str, Any] | None = None,
    sign_ins: Mapping[str, date] | None = None,
    only: Collection[UUID] = (),
    grace_long: int = 7,
    grace_daily: int = 1,
    window_minutes: int = 0,
    now: datetime,
) -> Adoption:
    """Adopt the newest installed version of a directive for a county's organisations; nothing before
    `go_live` is owed.

    `actors`: the text's actor → our kind of post. `local_values`: answers to what the text leaves open,
    decided by `decided_by`; what is left out stays open, and its cells are unknown. `sign_ins`: point →
    the day from which a roster alone proves nothing. `only`: these organisations alone (none: all that
    the rules speak of); a report binds its adopter alone. Raises Refused `not-found-pack` (no such pack),
    `bad-adoption` (nothing to adopt, days the wrong way round, no last day where the text ends with an
    event, organisations that the adopter has no reach over), `bad-local-value`, `already-adopted`.
    """
    start = from_day or go_live
    values = dict(local_values or {})
    with acting(actor):
        require(actor, "duty.adopt", org_id)
        version = newest().get(pack_key)
        if version is None:
            raise Refused("not-found-pack", f"没有安装方案 {pack_key}，请先安装。", pack=pack_key)
        rules = _rules(version)
        if version.nature not in ADOPTABLE:
            raise Refused("bad-adoption", f"“{version.title}”不是要求执行的方案，不能采用，只供查阅。")
        if version.nature == REPORT:
            only = [_practised_by(org_id, rules, only)]
        _within_reach(org_id, only)
        if go_live < start or (until and until < go_live):
            raise Refused("bad-adoption", "日期先后不对：开始日不晚于启用日，启用日不晚于截止日。请改正。")
        ends = version.manifest.get("effective", {}).get("until_event")
        if ends and until is None:
            raise Refused("bad-adoption", f"原文到“{ends}”为止，没有写日期。请填写最后一天。")
        _check(rules, values)
        adoption = Adoption(
            county_id=actor.county_id,
            org_id=org_id,
            pack_key=pack_key,
            from_day=start,
            until=until,
            go_live=go_live,
            adopted_at=now,
            adopted_by_id=actor.person_id,
            grace_long=grace_long,
            grace_daily=grace_daily,
            window_minutes=window_minutes,
        )
        try:
            with transaction.atomic():
                adoption.save(force_insert=True)
        except IntegrityError as error:
            raise Refused("already-adopted", f"本单位已经采用“{version.title}”，不必再采用。") from error
        adoption.only.set(Organisation.objects.filter(county_id=actor.county_id, id__in=list(only)))
        _in_force(adoption, version).save(force_insert=True)
        county = actor.county_id
        ActorPost.objects.bulk_create(
            ActorPost(county_id=county, adoption=adoption, actor=name, post_kind=post)
            for name, post in (actors or {}).items()
        )
        LocalValue.objects.bulk_create(
            LocalValue(
                county_id=county,
                adoption=adoption,
                name=name,
                value=value,
                decided_by=decided_by,
                from_day=start,
            )
            for name, value in values.items()
        )
        SignInDate.objects.bulk_create(
            SignInDate(county_id=county, adoption=adoption, point=point, from_day=day)
            for point, day in (sign_ins or {}).items()
        )
        said = {
            "pack": pack_key,
            "version": version.version,
            "go_live": go_live,
            "until": until,
            "actors": dict(actors or {}),
            "local_values": values,
            "decided_by": decided_by,
        }
        trace.record(actor.snapshot(), "duty.adopt", "adoption", adoption.id, org_id, None, said, now=now)
        return adoption


def set_local_value(
    *,
    actor: Actor,
    adoption_id: UUID,
    name: str,
    value: Any,
    decided_by: str,
    from_day: date,
    now: datetime,
) -> LocalValue:
    """Answer what the text leaves open, from a day on: periods that start before it keep the former answer.

    Raises Refused `bad-local-value` when nobody asks for it or it doesn't fit the question.
    """
    with acting(actor):
        adoption = _adoption(actor, adoption_id)
        versions = PackVersion.objects.filter(adopted__adoption=adoption).order_by("-adopted__in_force_from")
        rules = _rules(versions[0])
        known = LocalValue.objects.filter(adoption=adoption, from_day__lte=from_day).order_by("from_day")
        before = dict(known.values_list("name", "value"))
        _check(rules, {**before, name: value})
        row, _ = LocalValue.objects.update_or_create(
            adoption=adoption,
            name=name,
            from_day=from_day,
            defaults={"county_id": actor.county_id, "value": value, "decided_by": decided_by},
        )
        trace.record(
            actor.snapshot(),
            "duty.local",
            "adoption",
            adoption.id,
            adoption.org_id,
            {name: before.get(name)},
            {name: value, "from_day": from_day, "decided_by": decided_by},
            now=now,
        )
        return row


def set_sign_in(*, actor: Actor, adoption_id: UUID, point: str, from_day: date, now: datetime) -> SignInDate:
    """From this day a roster alone proves nothing at the point."""
    with acting(actor):
        adoption = _adoption(actor, adoption_id)
        row, _ = SignInDate.objects.update_or_create(
            adoption=adoption, point=point, defaults={"county_id": actor.county_id, "from_day": from_day}
        )
        said = {"point": point, "from_day": from_day}
        trace.record(
            actor.snapshot(), "duty.sign-in", "adoption", adoption.id, adoption.org_id, None, said, now=now
        )
        return row


def take_up_versions(county_id: int) -> int:
    """Let the county's adoptions run the newest installed versions; how many were taken up.

    In force from the later of the version's own day, its installation and the adoption. Called inside
    `acting`.
    """
    adoptions = list(Adoption.objects.filter(county_id=county_id).prefetch_related("versions"))
    versions = newest()
    rows = [
        _in_force(adoption, versions[adoption.pack_key])
        for adoption in adoptions
        if adoption.pack_key in versions
        and versions[adoption.pack_key].id not in {row.pack_version_id for row in adoption.versions.all()}
    ]
    AdoptedVersion.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _in_force(adoption: Adoption, version: PackVersion) -> AdoptedVersion:
    days = (version.in_force_from, day_of(version.installed_at), adoption.from_day)
    return AdoptedVersion(
        county_id=adoption.county_id,
        adoption=adoption,
        pack_version=version,
        in_force_from=max(day for day in days if day),
        cut_now=version.cut_now,
    )


def _practised_by(org_id: UUID, rules: Collection[RuleSpec], only: Collection[UUID]) -> UUID:
    """The one organisation that takes a report's practice upon itself: the adopter, of a kind that the rules
    speak of, and nobody else."""
    kind = Organisation.objects.values_list("kind", flat=True).get(id=org_id)
    if set(only) - {org_id}:
        raise Refused("bad-adoption", "情况报告里的做法只能本单位自己采用，不能要求别的单位照办。")
    if not any(kind in rule.who.org for rule in rules):
        raise Refused("bad-adoption", "这份情况报告里没有本单位可以采用的做法，只供查阅。")
    return org_id


def _within_reach(org_id: UUID, only: Collection[UUID]) -> None:
    """Whoever is not of the county itself binds nobody but itself, what is below it and what lies in its
    town; the database refuses it too (`duties_adoption_only_reach`)."""
    if Organisation.objects.filter(id=org_id, region__kind="county").exists():
        return
    reach = Reach.objects.filter(viewer=org_id, org__in=list(only), relation__in=("own", "below", "region"))
    if set(only) - set(reach.values_list("org_id", flat=True)):
        raise Refused("bad-adoption", "只能要求本单位、下级单位和本辖区的单位。请重新选择适用单位。")


def _adoption(actor: Actor, adoption_id: UUID) -> Adoption:
    rows = Adoption.objects.select_for_update(of=("self",))
    adoption = rows.filter(county_id=actor.county_id, id=adoption_id).first()
    if adoption is None:
        raise not_found()
    require(actor, "duty.adopt", adoption.org_id)
    return adoption


def _rules(version: PackVersion) -> list[RuleSpec]:
    return [RULE.validate_python(spec) for spec in version.rules.values_list("spec", flat=True)]


def _check(rules: Collection[RuleSpec], values: Mapping[str, Any]) -> None:
    """Every answer has its question and fits it."""
    asked = {local.local for rule in rules for local in locals_of(rule)}
    for name in values.keys() - asked:
        raise Refused("bad-local-value", f"方案没有问“{name}”，请核对名称。", name=name)
    for rule in rules:
        resolve(rule, values)
