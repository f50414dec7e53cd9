"""What belongs to an organisation: facts with their dates, buildings and gates, times of day, classes,
liaisons."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, time
from decimal import Decimal
from typing import cast
from uuid import UUID

from huyuan.kernel.datum import Datum, wgs84
from huyuan.kernel.fields import DATUMS, Cell, Field, Option
from huyuan.kernel.sheets import Layout, Record
from huyuan.orgs.models import Attribute, Bell, Liaison, Place, SchoolClass, Word
from huyuan.orgs.rules import SCHOOL_YEAR
from huyuan.orgs.tables.plan import Plan, Table, day_in, org_in, text_in
from huyuan.orgs.tables.scene import FROM, KNOWN_AS, ORG, UNTIL, Scene

ALTER = "org.alter"


# ---- facts and figures
# ---------------------------------------------------------------------------------------------------------
def fact_fields() -> dict[str, Field]:
    """Fact → its column, in the order of the vocabulary."""
    fields = {}
    for word in Word.objects.filter(list="fact").order_by("place", "key"):
        if word.detail.get("text"):
            continue
        values = word.detail.get("values", {})
        options = tuple(Option(value=key, label=zh) for key, zh in values.items())
        kind = "choices" if options else "number" if word.detail.get("number") else "yes_no"
        more = {"options": options} if options else {"min": 0} if kind == "number" else {}
        name = "fact_" + word.key.replace(".", "_").replace("-", "_")
        fields[word.key] = Field.model_validate({"id": name, "label": word.zh, "type": kind, **more})
    return fields


def fact_layout(scene: Scene) -> Layout:
    day = FROM.model_copy(update={"required": True, "hint": "这一行说的情况从这一天起"})
    return Layout(
        "单位情况和人数", (ORG, day, *fact_fields().values()), {"org": scene.offered(ALTER)}, KNOWN_AS
    )


def fact_plan(scene: Scene, records: Sequence[Record]) -> Plan:
    """A step for every fact that is another one from that day on; what holds already is left."""
    plan = Plan()
    fields = fact_fields()
    steps: dict[tuple[UUID, str], dict[date, Attribute]] = defaultdict(dict)
    for step in Attribute.objects.filter(org_id__in={org_in(record) for record in records}):
        steps[step.org_id, step.key][step.from_day] = step
    # In the order of days, so that what a later row says is compared with an earlier one of the same table.
    for record in sorted(records, key=lambda one: (text_in(one, "from_day"), one.line)):
        org_id, day = org_in(record), date.fromisoformat(text_in(record, "from_day"))
        if not plan.is_first((org_id, day), record):
            continue
        said = [(key, record.body[field.id]) for key, field in fields.items() if field.id in record.body]
        if not said:
            plan.note(record, "", "这一行没有填任何情况。")
        for key, value in said:
            text, number = stored(value)
            step = Attribute(county_id=scene.actor.county_id, org_id=org_id, key=key, from_day=day)
            plan.step(steps[org_id, key], step, org_id, text=text, number=number)
    return plan


def stored(value: object) -> tuple[str, Decimal | None]:
    """A fact as `Attribute` keeps it."""
    if isinstance(value, bool):
        return ("yes" if value else "no"), None
    if isinstance(value, list):
        return ",".join(value), None
    return str(value), Decimal(str(value))


def fact_rows(scene: Scene) -> Iterator[Mapping[str, Cell]]:
    fields = fact_fields()
    found: dict[tuple[UUID, date], dict[str, Cell]] = defaultdict(dict)
    for step in Attribute.objects.filter(org_id__in=scene.open(ALTER), key__in=fields):
        field = fields[step.key]
        names = {option.value: option.label for option in field.options}
        found[step.org_id, step.from_day][field.id] = (
            int(step.number)
            if step.number is not None
            else "、".join(names.get(part, YES_NO.get(part, part)) for part in step.text.split(","))
        )
    for (org_id, day), facts in sorted(found.items(), key=lambda one: (scene.labels[one[0][0]], one[0][1])):
        yield {"org": scene.labels[org_id], "from_day": day, **facts}


YES_NO = {"yes": "是", "no": "否"}


# ---- buildings and gates
# ---------------------------------------------------------------------------------------------------------
def place_layout(scene: Scene) -> Layout:
    kinds = tuple(Option(value=key, label=zh) for key, zh in Place.KINDS)
    fields = (
        ORG,
        Field(id="kind", label="场所类别", type="choice", required=True, options=kinds),
        Field(id="name", label="场所名称", type="text", max_length=60, required=True),
        Field(id="closed", label="停用日期", type="date"),
        Field(id="lat", label="纬度", type="number", decimals=6, min=-90, max=90),
        Field(id="lng", label="经度", type="number", decimals=6, min=-180, max=180),
        Field(
            id="datum",
            label="坐标系",
            type="choice",
            options=tuple(Option(value=datum, label=datum) for datum in DATUMS),
            hint="不填就是WGS84（卫星定位）；网页地图上查到的选GCJ02",
        ),
    )
    also = {**KNOWN_AS, "kind": ("类别",), "name": ("名称", "场所")}
    return Layout("楼栋和校门", fields, {"org": scene.offered(ALTER)}, also)


def place_plan(scene: Scene, records: Sequence[Record]) -> Plan:
    plan = Plan()
    known = {(place.org_id, place.name): place for place in Place.objects.filter(org_id__in=_named(records))}
    for record in records:
        org_id, name, kind = org_in(record), text_in(record, "name"), text_in(record, "kind")
        closed = day_in(record, "closed")
        if not plan.is_first((org_id, name), record):
            continue
        if ("lat" in record.body) != ("lng" in record.body):
            plan.stop(record, "lng", "纬度和经度要一起填，或者都不填。")
            continue
        place, point = known.get((org_id, name)), point_in(record)
        if place:
            plan.want(place, org_id, kind=kind, closed=closed or place.closed, **point)
        else:
            row = Place(county_id=scene.actor.county_id, org_id=org_id, kind=kind, name=name, closed=closed)
            row.lat, row.lng = point.get("lat"), point.get("lng")
            plan.add(row, org_id)
    return plan


def point_in(record: Record) -> dict[str, float]:
    """The position that a row gives, in WGS-84; nothing where it gives none."""
    given = record.body
    if "lat" not in given:
        return {}
    datum = cast(Datum, given.get("datum", "WGS84"))
    point = wgs84(float(str(given["lat"])), float(str(given["lng"])), datum)
    return {"lat": round(point.lat, 6), "lng": round(point.lng, 6)}


def place_rows(scene: Scene) -> Iterator[Mapping[str, Cell]]:
    for place in Place.objects.filter(org_id__in=scene.open(ALTER)).order_by("org__name", "kind", "name"):
        yield {
            "org": scene.labels[place.org_id],
            "kind": place.kind,
            "name": place.name,
            "closed": place.closed,
            "lat": place.lat,
            "lng": place.lng,
            "datum": "WGS84" if place.lat is not None else None,
        }


def _named(records: Sequence[Record]) -> set[UUID]:
    return {org_in(record) for record in records}


# ---- times of day
# ---------------------------------------------------------------------------------------------------------
def bell_fields() -> tuple[Field, ...]:
    """What one time of day is made of, in the table and on the page alike."""
    kinds = tuple(Option(value=key, label=zh) for key, zh in Bell.KINDS)
    several = "同一类有几个时段的，依次填1、2、3；只有一个的不填"
    return (
        Field(id="kind", label="时段", type="choice", required=True, options=kinds),
        Field(id="number", label="第几个", type="number", min=1, max=20, hint=several),
        Field(id="starts", label="开始时刻", type="time", required=True),
        Field(id="ends", label="结束时刻", type="time", required=True, hint="不晚于开始时刻的，算到第二天"),
    )


def bell_layout(scene: Scene) -> Layout:
    day = FROM.model_copy(update={"required": True, "hint": "从这一天起按这个时刻，直到下一次调整"})
    also = {**KNOWN_AS, "kind": ("作息", "类别"), "starts": ("开始", "起"), "ends": ("结束", "止")}
    return Layout("作息时间", (ORG, *bell_fields(), day), {"org": scene.offered(ALTER)}, also)


def bell_plan(scene: Scene, records: Sequence[Record]) -> Plan:
    """A step for every time that is another one from that day on; what holds already is left."""
    plan = Plan()
    steps: dict[tuple[UUID, str, int], dict[date, Bell]] = defaultdict(dict)
    for bell in Bell.objects.filter(org_id__in=_named(records)):
        steps[bell.org_id, bell.kind, bell.number][bell.from_day] = bell
    for record in sorted(records, key=lambda one: (text_in(one, "from_day"), one.line)):
        org_id, kind, number = org_in(record), text_in(record, "kind"), int(text_in(record, "number") or 1)
        day = date.fromisoformat(text_in(record, "from_day"))
        if not plan.is_first((org_id, kind, number, day), record):
            continue
        starts, ends = (time.fromisoformat(text_in(record, name)) for name in ("starts", "ends"))
        bell = Bell(county_id=scene.actor.county_id, org_id=org_id, kind=kind, number=number, from_day=day)
        plan.step(steps[org_id, kind, number], bell, org_id, starts=starts, ends=ends)
    return plan


def bell_rows(scene: Scene) -> Iterator[Mapping[str, Cell]]:
    bells = Bell.objects.filter(org_id__in=scene.open(ALTER))
    for bell in bells.order_by("org__name", "kind", "number", "from_day"):
        yield {
            "org": scene.labels[bell.org_id],
            "kind": bell.kind,
            "number": bell.number,
            "starts": bell.starts,
            "ends": bell.ends or bell.starts,
            "from_day": bell.from_day,
        }


# ---- classes
# ---------------------------------------------------------------------------------------------------------
def class_layout(scene: Scene) -> Layout:
    fields = (
        ORG,
        Field(id="school_year", label="学年", type="text", max_length=9, required=True, hint="如 2026-2027"),
        Field(id="name", label="班级", type="text", max_length=40, required=True),
        Field(id="pupils", label="学生人数", type="people_count"),
    )
    also = {**KNOWN_AS, "name": ("班级名称", "班"), "pupils": ("人数", "幼儿人数")}
    return Layout("班级", fields, {"org": scene.offered(ALTER)}, also)


def class_plan(scene: Scene, records: Sequence[Record]) -> Plan:
    plan = Plan()
    classes = SchoolClass.objects.filter(org_id__in=_named(records))
    known = {(row.org_id, row.school_year, row.name): row for row in classes}
    for record in records:
        org_id, year, name = org_in(record), text_in(record, "school_year"), text_in(record, "name")
        pupils = record.body.get("pupils")
        year = year.replace("—", "-").replace("－", "-").removesuffix("学年")
        if not SCHOOL_YEAR.fullmatch(year) or int(year[5:]) != int(year[:4]) + 1:
            plan.stop(record, "学年", "学年要写成 2026-2027 这样，请改正。")
        elif plan.is_first((org_id, year, name), record):
            row = known.get((org_id, year, name))
            if row:
                plan.want(row, org_id, pupils=row.pupils if pupils is None else pupils)
            else:
                new = SchoolClass(county_id=scene.actor.county_id, org_id=org_id, name=name, school_year=year)
                new.pupils = int(str(pupils)) if pupils is not None else None
                plan.add(new, org_id)
    return plan


def class_rows(scene: Scene) -> Iterator[Mapping[str, Cell]]:
    classes = SchoolClass.objects.filter(
        org_id__in=scene.open(ALTER), school_year__gte=scene.school_year
    ).order_by("org__name", "school_year", "name")
    for row in classes:
        yield {
            "org": scene.labels[row.org_id],
            "school_year": row.school_year,
            "name": row.name,
            "pupils": row.pupils,
        }


# ---- liaisons
# ---------------------------------------------------------------------------------------------------------
LINK = "liaison.alter"


def liaison_layout(scene: Scene) -> Layout:
    school = Field(id="school", label="学校", type="organisation", required=True)
    agency = Field(id="agency", label="联系单位", type="organisation", required=True)
    fields = (school, agency, FROM.model_copy(update={"required": True}), UNTIL)
    also = {**KNOWN_AS, "school": ("单位", "单位名称", "学校名称"), "agency": ("对接单位", "联系部门")}
    also.pop("org")
    return Layout("联系单位", fields, {"school": scene.offered(LINK), "agency": scene.offered()}, also)


def liaison_plan(scene: Scene, records: Sequence[Record]) -> Plan:
    plan = Plan()
    known: dict[tuple[UUID, UUID], list[Liaison]] = defaultdict(list)
    for pair in Liaison.objects.filter(school_id__in={org_in(record, "school") for record in records}):
        known[pair.school_id, pair.agency_id].append(pair)
    for record in records:
        school, agency = org_in(record, "school"), org_in(record, "agency")
        first, last = date.fromisoformat(text_in(record, "from_day")), day_in(record, "until")
        pairs = known[school, agency]
        same = next((pair for pair in pairs if pair.from_day == first), None)
        running = [
            pair for pair in pairs if pair.from_day < first and (pair.until is None or pair.until >= first)
        ]
        if school == agency:
            plan.stop(record, "联系单位", "不能是学校自己，请另选一个。")
        elif last and last < first:
            plan.stop(record, "到哪天止", "结束日期不能早于开始日期，请改正。")
        elif not plan.is_first((school, agency, first), record):
            continue
        elif same:
            plan.want(same, school, until=last or same.until)
        elif running:
            since = running[0].from_day
            plan.stop(record, "从哪天起", f"这两个单位从{since}起已经联系，请把开始日期写成这一天。")
        else:
            pair = Liaison(
                county_id=scene.actor.county_id, school_id=school, agency_id=agency, from_day=first,
                until=last,
            )  # fmt: skip
            pairs.append(pair)
            plan.add(pair, school)
    return plan


def liaison_rows(scene: Scene) -> Iterator[Mapping[str, Cell]]:
    agencies = scene.open()
    pairs = Liaison.objects.filter(school_id__in=scene.open(LINK), agency_id__in=agencies)
    for pair in pairs.order_by("school__name", "agency__kind", "agency__name", "from_day"):
        yield {
            "school": scene.labels[pair.school_id],
            "agency": scene.labels[pair.agency_id],
            "from_day": pair.from_day,
            "until": pair.until,
        }


FACTS = Table(
    "facts", "单位情况和人数", "寄宿、食堂等情况，学生和教职工人数，各从哪天起。", ALTER,
    fact_layout, fact_plan, fact_rows,
)  # fmt: skip
PLACES = Table(
    "places", "楼栋和校门", "校门、楼栋、宿舍、食堂。", ALTER, place_layout, place_plan, place_rows
)
BELLS = Table(
    "bells",
    "作息时间",
    "上学、放学、上课、夜间、值班时段，各从哪天起。",
    ALTER,
    bell_layout,
    bell_plan,
    bell_rows,
)
CLASSES = Table("classes", "班级", "各学年的班级和人数。", ALTER, class_layout, class_plan, class_rows)
LIAISONS = Table(
    "liaisons", "联系单位", "派出所、交警、市场监管等和学校的对接。", LINK,
    liaison_layout, liaison_plan, liaison_rows,
)  # fmt: skip
