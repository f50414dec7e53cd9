"""Who brings a table in or takes it out, and what it may name: read once for the whole table."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from uuid import UUID

from huyuan.kernel.errors import Refused
from huyuan.kernel.fields import Field, Option
from huyuan.orgs import vocabulary
from huyuan.orgs.actor import Actor
from huyuan.orgs.models import Organisation
from huyuan.orgs.permissions import reached
from huyuan.orgs.queries import calendar_of

Offered = list[tuple[str, str]]


@dataclass(frozen=True)
class Scene:
    """The county as the actor's table meets it on `day`. Organisations go by `labels`: their names, and where
    two have one, with the town or the key behind it."""

    actor: Actor
    day: date

    @cached_property
    def orgs(self) -> dict[UUID, Organisation]:
        """Every organisation of the county: names are public."""
        rows = Organisation.objects.filter(county_id=self.actor.county_id)
        return {org.id: org for org in rows.select_related("region__parent").order_by("name", "id")}

    @cached_property
    def labels(self) -> Mapping[UUID, str]:
        names = {org.id: org.name for org in self.orgs.values()}
        for more in (lambda org: town_of(org)[0], lambda org: org.key):
            times = Counter(names.values())
            names = {
                key: f"{self.orgs[key].name}（{more(self.orgs[key])}）" if times[name] > 1 else name
                for key, name in names.items()
            }
        return names

    def within(self, action: str) -> frozenset[UUID]:
        """The organisations to whose things the actor may do this."""
        return reached(self.actor, action)

    def open(self, action: str | None = None) -> list[UUID]:
        """Organisations that are open; `action`: only those to whose things the actor may do it."""
        able = self.orgs.keys() if action is None else self.within(action)
        return [
            key
            for key, org in self.orgs.items()
            if key in able and (org.closed is None or org.closed > self.day)
        ]

    def offered(self, action: str | None = None) -> Offered:
        """The same with their labels, as a column offers them."""
        return [(str(key), self.labels[key]) for key in self.open(action)]

    @cached_property
    def school_year(self) -> str:
        """The school year in which the day lies."""
        return calendar_of(self.actor.county_id).school_year_of(self.day)


def town_of(org: Organisation) -> tuple[str, str]:
    """The names of its town and village; empty for what belongs to the whole county."""
    region = org.region
    if region.kind == "village":
        return (region.parent.name if region.parent else ""), region.name
    return (region.name if region.kind == "town" else ""), ""


def words(which: vocabulary.List) -> tuple[Option, ...]:
    """The words of a list as the choices of a column. Raises Refused `no-words` before any pack is
    installed."""
    found = tuple(Option(value=key, label=zh) for key, zh in vocabulary.names(which).items())
    if not found:
        raise Refused("no-words", "还没有安装文件包，单位类别和职务还没有名称。请系统管理员先安装文件包。")
    return found


ORG = Field(id="org", label="单位", type="organisation", required=True)
FROM = Field(id="from_day", label="从哪天起", type="date")
UNTIL = Field(id="until", label="到哪天止", type="date", hint="这一天也算在内；没有定的不填")
KNOWN_AS = {"org": ("单位名称", "学校", "学校名称"), "from_day": ("开始日期",), "until": ("结束日期",)}
