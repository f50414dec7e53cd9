"""Forms for the tests, installed as rows, and a sink that remembers what it was given."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from huyuan.packs.models import Pack, PackVersion
from huyuan.registers.answerable import Answerable
from huyuan.registers.effects import Effect, Header, Source
from huyuan.registers.models import Form
from huyuan.registers.schema import FormSpec

NOW = datetime(2026, 10, 14, 2, 0, tzinfo=UTC)  # Wednesday, 10:00 in Shanghai

CHECK: dict[str, Any] = {
    "key": "check",
    "title": "隐患排查",
    "theme": "hazards",
    "org": ["school"],
    "posts": ["safety-officer"],
    "happened": "day",
    "signed_by_partner": "partner",
    "fields": [
        {"id": "day", "label": "排查日期", "type": "date", "required": True},
        {
            "id": "scope",
            "label": "范围",
            "type": "choices",
            "required": True,
            "options": ["whole-school", "special"],
        },
        {"id": "people", "label": "参加人数", "type": "people_count"},
        {"id": "hours", "label": "用时", "type": "number", "decimals": 1, "unit": "小时"},
        {"id": "note", "label": "说明", "type": "long_text"},
        {"id": "found", "label": "发现隐患", "type": "yes_no"},
        {"id": "spot", "label": "地点", "type": "place"},
        {"id": "partner", "label": "联合单位", "type": "organisation", "many": True},
        {"id": "photo", "label": "照片", "type": "photo"},
        {"id": "signed_sheet", "label": "对方签字", "type": "signature"},
        {
            "id": "hazards",
            "label": "隐患",
            "type": "group",
            "fields": [
                {"id": "what", "label": "情况", "type": "text", "required": True},
                {"id": "severity", "label": "程度", "type": "choice", "options": ["minor", "major"]},
                {"id": "picture", "label": "照片", "type": "photo"},
            ],
        },
    ],
    "effects": [
        {
            "effect": "act",
            "act": "hazard-check",
            "where": {"scope": "$scope"},
            "people": "$people",
            "partner": "$partner",
        },
        {
            "effect": "event",
            "event": "hazard",
            "repeat": "hazards",
            "if": {"field": "severity", "is": ["major"]},
            "where": {"severity": "$severity"},
        },
    ],
}
#: the same, confirmed by the head
CONFIRMED = {
    **CHECK,
    "key": "confirmed-check",
    "title": "排查（要确认）",
    "confirmed_by": ["vice-principal-safety"],
}
#: only the own organisation sees it
PERSONAL = {
    **CHECK,
    "key": "care",
    "title": "关爱记录",
    "personal": True,
    "effects": [],
    "signed_by_partner": None,
}
#: what was done about something that happened
HANDLING: dict[str, Any] = {
    "key": "handling",
    "title": "处置",
    "theme": "hazards",
    "fields": [
        {"id": "about", "label": "哪一件", "type": "event", "of": ["hazard"], "required": True},
        {"id": "what", "label": "做了什么", "type": "text", "required": True},
    ],
    "effects": [{"effect": "act", "act": "interim-measures", "answers": "$about"}],
}


def install(spec: Mapping[str, Any], version: str = "2026.1") -> Form:
    """A form of a pack version of its own; the newest of a key is the one offered."""
    FormSpec.model_validate(spec)
    pack, _ = Pack.objects.get_or_create(key=f"pack-{spec['key']}")
    of = PackVersion.objects.create(
        pack=pack,
        version=version,
        digest="0" * 64,
        title="测试",
        short="测试",
        nature="vocabulary",
        manifest={},
        content={},
        installed_at=NOW,
    )
    Form.objects.filter(key=spec["key"]).update(current=False)
    return Form.objects.create(
        pack_version=of,
        key=spec["key"],
        title=spec["title"],
        theme=spec["theme"],
        spec=json.loads(json.dumps(spec)),
        digest="0" * 64,
    )


def answers(**more: str | list[str]) -> dict[str, list[str]]:
    """Answers that the check form takes, changed by `more` (dots in names are written as two underscores)."""
    given: dict[str, str | list[str]] = {"day": "2026-10-13", "scope": ["whole-school"], "people": "3"}
    given |= {name.replace("__", "."): value for name, value in more.items()}
    return {name: [value] if isinstance(value, str) else value for name, value in given.items()}


@dataclass
class Remembering:
    """A sink that keeps what it was given."""

    recorded: list[tuple[Header, Sequence[Effect], frozenset[UUID]]] = field(default_factory=list)
    voided: list[UUID] = field(default_factory=list)

    def record(
        self, header: Header, effects: Sequence[Effect], signed_parties: frozenset[UUID], now: datetime
    ) -> None:
        self.recorded.append((header, effects, signed_parties))

    def record_all(self, sources: Sequence[Source], now: datetime) -> None:
        for source in sources:
            self.record(*source, now)

    def void(self, source_id: UUID, now: datetime) -> None:
        self.voided.append(source_id)

    def void_all(self, source_ids: Collection[UUID], now: datetime) -> None:
        self.voided += source_ids


@dataclass
class Happened:
    """A source of what may be answered: `done` events are still known, but no longer offered."""

    events: list[Answerable]
    done: frozenset[UUID] = frozenset()

    def open_at(self, org_id: UUID, now: datetime) -> list[Answerable]:
        return [one for one in self.events if one.org_id == org_id and one.id not in self.done]

    def named(self, ids: Collection[UUID]) -> list[Answerable]:
        return [one for one in self.events if one.id in ids]


def new_id() -> UUID:
    """What a device makes up for a new entry."""
    return uuid4()
