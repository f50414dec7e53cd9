"""What entries say of hazards becomes cases, and what they say was done about one moves it on, in the
transaction that recorded them (`registers.effects.Sink`)."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from huyuan.cases import queries
from huyuan.cases.actions.following import adopt, drop, follow
from huyuan.cases.actions.raising import Finding, open_all
from huyuan.registers.effects import Effect, EventRaised, Header, Source


class Cases:
    """The sink of this package."""

    def record(
        self, header: Header, effects: Sequence[Effect], signed_parties: frozenset[UUID], now: datetime
    ) -> None:
        """The findings and doings of one source; what is known already is left as it is."""
        self.record_all([Source(header, effects, signed_parties)], now)

    def record_all(self, sources: Sequence[Source], now: datetime) -> None:
        """The same of many sources."""
        sources = [source for source in sources if source.header.source != "case"]
        for spec in queries.specs().values():
            if not spec.raised_by:
                continue
            raised = {one.event: frozenset(one.settled) for one in spec.raised_by}
            findings = [
                Finding(spec, source.header, effect, bool(raised[effect.event] & set(effect.quals)), place)
                for source in sources
                for place, effect in enumerate(
                    one for one in source.effects if isinstance(one, EventRaised) and one.event in raised
                )
            ]
            corrected: dict[UUID, list[Finding]] = {
                source.header.corrects_id: [] for source in sources if source.header.corrects_id
            }
            for one in findings:
                if one.header.corrects_id:
                    corrected[one.header.corrects_id].append(one)
            if corrected:
                adopt(spec.key, corrected, now)
            if findings:
                open_all(findings, spec, now)
        follow(sources, now)

    def void(self, source_id: UUID, now: datetime) -> None:
        """What stood in the source is no matter any more."""
        self.void_all([source_id], now)

    def void_all(self, source_ids: Collection[UUID], now: datetime) -> None:
        """The same of many sources."""
        drop(source_ids, now)
