"""The small county of `orgs` with a directive of four rules adopted by its bureau from 1 September 2026."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

from huyuan.duties.actions import adopt
from huyuan.duties.models import Adoption, Rule, Term
from huyuan.duties.rules.binding import RULE
from huyuan.duties.tests.judging import MEASURES, rule, weekly
from huyuan.kernel.days import SHANGHAI
from huyuan.orgs import vocabulary
from huyuan.orgs.models import Attribute, HolidayYear, TermRow
from huyuan.orgs.session import acting
from huyuan.orgs.tests.county import COUNTY, SmallCounty
from huyuan.orgs.tests.county import build as build_county
from huyuan.orgs.vocabulary import OrgKindSpec, PostSpec
from huyuan.packs.models import Pack, PackVersion
from huyuan.registers.effects import SINKS, ActDone, Effect, Header

START = datetime(2026, 8, 31, 16, 0, tzinfo=UTC)
RULES = (
    weekly(by={"post": "safety-officer"}, matter="checks"),
    rule("have", "guards", all_of=[{"measure": "guards.certified", "at_least": 1}]),
    rule("have", "policy", all_of=[{"measure": "policies.gate", "at_least": 1}]),
    rule(
        "post",
        "gate",
        point="gate",
        window={"anchor": ["night"]},
        at_least={"people": 1, "qualified": ["guard"]},
    ),
    rule(
        "when",
        "interim",
        event="hazard.found",
        where={"severity": "major"},
        then=[{"act": "interim-measures", "within": {"local": "interim", "ask": "几天内？"}}],
    ),
)


@dataclass
class World:
    """The county, the adoption, and what tests do to them."""

    county: SmallCounty
    adoption: Adoption
    pack: Pack

    def record(
        self,
        org: str,
        *effects: Effect,
        at: datetime,
        signed: tuple[str, ...] = (),
        source: UUID | None = None,
    ) -> UUID:
        """Hand effects of an entry of `org` to the sinks, as its submission at `at` does."""
        owner = self.county.orgs[org]
        header = Header("entry", source or uuid4(), COUNTY, owner.id, at)
        parties = frozenset({owner.id, *(self.county.orgs[key].id for key in signed)})
        for sink in SINKS:
            sink.record(header, effects, parties, at)
        return header.source_id


def shanghai(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def check(at: str, **more: Any) -> ActDone:
    return ActDone("hazard-check", ("scope=whole-school",), shanghai(at), 0, **more)


def version(
    pack: Pack, number: str, rules: tuple[Mapping[str, Any], ...], at: datetime, **more: Any
) -> PackVersion:
    """Install a version as packs does, without a folder."""
    row = PackVersion.objects.create(
        pack=pack,
        version=number,
        digest="0" * 64,
        title="示例方案",
        short="示例",
        nature="directive",
        manifest={},
        content={},
        installed_at=at,
        **more,
    )
    for spec in rules:
        RULE.validate_python(spec)
        Rule.objects.create(
            pack_version=row,
            key=spec["key"],
            kind=spec["kind"],
            title=spec["title"],
            theme=spec["theme"],
            matter=spec.get("matter", ""),
            clauses=list(spec["clauses"]),
            spec=dict(spec),
        )
    return row


def build() -> World:
    county = build_county()
    vocabulary.install("orgkind", [OrgKindSpec(key="school", zh="中小学", side="school")])
    vocabulary.install(
        "post", [PostSpec(key="head", zh="校长", leads=True), PostSpec(key="guard", zh="保安员")]
    )
    pack = Pack.objects.create(key="made-up")
    row = version(pack, "2026.1", RULES, START)
    for key, source in MEASURES.items():
        spec = {"key": key, "zh": key, "source": source}
        Term.objects.create(pack_version=row, kind="measure", key=key, zh=key, spec=spec)
    matter = {"key": "checks", "zh": "排查频次", "compare": "cadence"}
    Term.objects.create(pack_version=row, kind="matter", key="checks", zh="排查频次", spec=matter)
    act = {"key": "hazard-check", "zh": "安全隐患排查"}
    Term.objects.create(pack_version=row, kind="act", key="hazard-check", zh="安全隐患排查", spec=act)
    with acting(county.system):
        TermRow.objects.create(
            county_id=COUNTY, year="2026-2027", semester=1, first=date(2026, 9, 1), last=date(2027, 1, 22)
        )
        HolidayYear.objects.create(county_id=COUNTY, year=2026, source="test")
        for key in ("central", "other"):
            Attribute.objects.create(
                county_id=COUNTY,
                org=county.orgs[key],
                key="students.enrolled",
                from_day=date(2026, 9, 1),
                text="400",
                number=400,
            )
        adoption = adopt(
            actor=county.system,
            org_id=county.orgs["bureau"].id,
            pack_key="made-up",
            go_live=date(2026, 9, 1),
            decided_by="教育局",
            now=START,
        )
    return World(county, adoption, pack)
