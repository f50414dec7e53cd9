"""Towns and villages, and organisations of every kind."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from huyuan.kernel.fields import Cell, Field
from huyuan.kernel.ids import uuid7
from huyuan.kernel.sheets import Layout, Record
from huyuan.orgs.models import Organisation, Region
from huyuan.orgs.tables.plan import Plan, Table, day_in, text_in
from huyuan.orgs.tables.scene import Scene, town_of, words

KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
TOWN = Field(id="town", label="乡镇（街道）", type="text", max_length=60)
VILLAGE = Field(id="village", label="村（社区）", type="text", max_length=60)


# ---- towns and villages
# ---------------------------------------------------------------------------------------------------------
def region_layout(scene: Scene) -> Layout:
    town = TOWN.model_copy(update={"required": True})
    return Layout("乡镇和村", (town, VILLAGE), also={"town": ("乡镇",), "village": ("村", "社区")})


def region_plan(scene: Scene, records: Sequence[Record]) -> Plan:
    """Towns and villages that are not there yet. A village brings its town along."""
    plan = Plan()
    county, known = _regions(scene)
    for record in records:
        above, before = county, len(plan.new)
        for kind, name in (("town", text_in(record, "town")), ("village", text_in(record, "village"))):
            if not name:
                continue
            region = known.get((above.id, name))
            if region is None:
                region = Region(county_id=scene.actor.county_id, kind=kind, name=name, parent=above)
                known[above.id, name] = region
                plan.add(region, None)
            above = region
        plan.same += len(plan.new) == before
    return plan


def region_rows(scene: Scene) -> Iterator[Mapping[str, Cell]]:
    regions = Region.objects.filter(county_id=scene.actor.county_id).exclude(kind="county")
    for region in regions.select_related("parent").order_by("kind", "parent__name", "name"):
        village = region.kind == "village"
        town = region.parent.name if village and region.parent else region.name
        yield {"town": town, "village": region.name if village else None}


def _regions(scene: Scene) -> tuple[Region, dict[tuple[UUID, str], Region]]:
    """The county's own region, and the others by what they lie in and their names."""
    regions = list(Region.objects.filter(county_id=scene.actor.county_id).select_related("parent"))
    county = next(region for region in regions if region.kind == "county")
    return county, {(region.parent_id, region.name): region for region in regions if region.parent_id}


# ---- organisations
# ---------------------------------------------------------------------------------------------------------
def layout(scene: Scene) -> Layout:
    fields = (
        Field(
            id="key", label="单位代号", type="text", max_length=60, hint="字母、数字和短横；不填的由系统编"
        ),
        Field(id="name", label="单位名称", type="text", max_length=80, required=True),
        Field(id="short_name", label="简称", type="text", max_length=30, hint="不填的用单位名称的前30字"),
        Field(id="kind", label="类别", type="choice", required=True, options=words("orgkind")),
        TOWN,
        VILLAGE,
        Field(id="parent", label="上级单位", type="text", max_length=120, hint="新单位必填，可以是本表里的"),
        Field(id="opened", label="设立日期", type="date"),
        Field(id="closed", label="撤销日期", type="date", hint="从这一天起不再办学、办公"),
    )
    also = {
        "key": ("代号", "单位代码", "学校代码"),
        "name": ("学校名称", "名称"),
        "kind": ("单位类别", "单位性质"),
        "town": ("乡镇", "所在乡镇"),
        "parent": ("主管单位",),
    }
    return Layout("单位", fields, also=also)


def plan(scene: Scene, records: Sequence[Record]) -> Plan:
    """New organisations and changes. One is known again by its key, else by its name in its town."""
    plan = Plan()
    known = _Known(scene)
    pairs: list[tuple[Record, Organisation]] = []
    for record in records:
        region = known.region(record, plan)
        clear, found = known.again(record, plan)
        if region is None or not clear:
            continue
        name = text_in(record, "name")
        key = text_in(record, "key")
        if not plan.is_first(found.id if found else (name, region.id), record):
            continue
        org = found or Organisation(
            county_id=scene.actor.county_id, key=key or f"u{uuid7().hex[-12:]}", name=name, region=region,
            kind=text_in(record, "kind"), short_name=text_in(record, "short_name") or name[:30],
            opened=day_in(record, "opened"), closed=day_in(record, "closed"),
        )  # fmt: skip
        if not found:
            known.add(org)
        pairs.append((record, org))
    for record, org in pairs:
        _one(scene, known, plan, record, org)
    _no_circles(scene, plan, pairs)
    return plan


def _one(scene: Scene, known: "_Known", plan: Plan, record: Record, org: Organisation) -> None:
    """A row whose organisation is known by now, its superior looked up among old and new ones."""
    there = org.id in scene.orgs
    if there and org.id not in known.able:
        plan.stop(record, "单位名称", "这个单位不归您管理，请删去这一行，或请它的上级单位来改。")
        return
    parent_id = known.parent(record, org if there else None, plan)
    opened, closed = (day_in(record, name) for name in ("opened", "closed"))
    if opened and closed and closed <= opened:
        plan.stop(record, "撤销日期", "撤销日期要晚于设立日期，请改正。")
    if not there:
        org.parent_id = parent_id
        plan.add(org, org.id)
        return
    said = {
        "name": text_in(record, "name"),
        "short_name": text_in(record, "short_name"),
        "kind": text_in(record, "kind"),
        "region_id": known.regions_said.get(record.line),
        "parent_id": parent_id,
        "opened": opened,
        "closed": closed,
    }
    # What a row leaves empty stays as it is.
    plan.want(org, org.id, **{name: value for name, value in said.items() if value})


class _Known:
    """What the rows of the table are compared with: organisations and regions that are there, and those that
    the table brings."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.able, self.creating = scene.within("org.rename"), scene.within("org.create")
        self.county, self.regions = _regions(scene)
        self.by_key = {org.key: org for org in scene.orgs.values()}
        self.by_name: dict[str, list[Organisation]] = defaultdict(list)
        self.called: dict[str, set[UUID]] = defaultdict(set)
        self.brought: set[UUID] = set()
        self.regions_said: dict[int, UUID] = {}
        for org in scene.orgs.values():
            self.by_name[org.name].append(org)
            for name in {scene.labels[org.id], org.name, org.short_name, org.key}:
                self.called[name].add(org.id)

    def add(self, org: Organisation) -> None:
        """One that the table brings."""
        self.brought.add(org.id)
        for name in {org.name, org.key}:
            self.called[name].add(org.id)

    def region(self, record: Record, plan: Plan) -> Region | None:
        """Where the row says that it lies; the whole county where it says nothing."""
        town, village = text_in(record, "town"), text_in(record, "village")
        if not town and not village:
            return self.county
        region = self.regions.get((self.county.id, town))
        if region is None:
            what = f"没有叫“{town}”的乡镇" if town else "写了村，没有写乡镇"
            plan.stop(record, TOWN.label, f"{what}，请核对；新的乡镇先在“乡镇和村”表里导入。")
            return None
        if village:
            region = self.regions.get((region.id, village))
            if region is None:
                plan.stop(
                    record,
                    VILLAGE.label,
                    f"{town}没有叫“{village}”的村（社区），请核对；新的先在“乡镇和村”表里导入。",
                )
                return None
        self.regions_said[record.line] = region.id
        return region

    def again(self, record: Record, plan: Plan) -> tuple[bool, Organisation | None]:
        """Is it clear which organisation the row is about, and which it is; None: a new one."""
        key, name, town = (text_in(record, field) for field in ("key", "name", "town"))
        if key and not KEY.fullmatch(key):
            plan.stop(record, "单位代号", "代号只能用字母、数字、点和短横，请改正或留空。")
            return False, None
        if key in self.by_key:
            return True, self.by_key[key]
        named = [org for org in self.by_name.get(name, ()) if not town or town_of(org)[0] == town]
        if not named:
            return True, None
        if len(named) > 1:
            plan.stop(record, "单位名称", f"有{len(named)}个单位都叫“{name}”，请写上单位代号或乡镇。")
            return False, None
        if key:
            plan.stop(
                record,
                "单位代号",
                f"这里已有“{name}”，代号是{named[0].key}。是同一个单位的改用这个代号，不是的请换一个名称。",
            )
            return False, None
        return True, named[0]

    def parent(self, record: Record, org: Organisation | None, plan: Plan) -> UUID | None:
        """The superior that the row names."""
        name = text_in(record, "parent")
        if not name:
            if org is None and not self.scene.actor.system:
                plan.stop(record, "上级单位", "新单位要写上级单位，请补上。")
            return None
        found = self.called.get(name, set())
        if len(found) != 1:
            what = (
                f"有{len(found)}个单位都叫“{name}”，请写单位代号"
                if found
                else f"没有叫“{name}”的单位，请核对名称"
            )
            plan.stop(record, "上级单位", f"{what}。")
            return None
        (parent_id,) = found
        if parent_id not in self.creating | self.brought and not (org and org.parent_id == parent_id):
            plan.stop(record, "上级单位", f"您不能在“{name}”下面设单位，请核对，或请它来办。")
        return parent_id


def _no_circles(scene: Scene, plan: Plan, pairs: Sequence[tuple[Record, Organisation]]) -> None:
    """Nobody stands above itself."""
    parents = {key: org.parent_id for key, org in scene.orgs.items()}
    parents |= {row.id: row.parent_id for row, _ in plan.new if isinstance(row, Organisation)}
    parents |= {
        change.row.pk: change.values["parent_id"] for change in plan.changed if "parent_id" in change.values
    }
    for record, org in pairs:
        above, seen = parents.get(org.id), {org.id}
        while above is not None and above not in seen:
            seen.add(above)
            above = parents.get(above)
        if above is not None:
            plan.stop(record, "上级单位", "这样上下级就成了一个圈，请核对上级单位。")


def rows(scene: Scene) -> Iterator[Mapping[str, Cell]]:
    able = scene.within("org.rename")
    for org in scene.orgs.values():
        if org.id in able:
            town, village = town_of(org)
            yield {
                "key": org.key,
                "name": org.name,
                "short_name": org.short_name,
                "kind": org.kind,
                "town": town,
                "village": village,
                "parent": scene.labels[org.parent_id] if org.parent_id else None,
                "opened": org.opened,
                "closed": org.closed,
            }


REGIONS = Table(
    "regions", "乡镇和村", "全县的乡镇（街道）和村（社区）。", "org.create",
    region_layout, region_plan, region_rows, at_root=True,
)  # fmt: skip
ORGANISATIONS = Table(
    "organisations", "单位", "学校、幼儿园、部门、公司等各类单位和上下级。", "org.rename", layout, plan, rows
)
