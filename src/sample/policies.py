"""The rules, plans and letters that the sample county has on file."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import chain

from huyuan.orgs.models import Organisation, Person
from huyuan.papers.models import PaperKind, Policy
from sample.adopters import offices_of_the_town
from sample.county import CODE, SCHOOLS, School
from sample.doings import done

WITH_POLICIES = ("education-bureau", "police-bureau", "fire-brigade")
LEADERS = (
    "bureau-leader",
    "police-leader",
    "agency-leader",
    "town-leader",
    "area-director",
    "premises-head",
    "village-head",
)


def policies(
    orgs: Mapping[str, Organisation],
    holders: Mapping[tuple[str, str], list[Person]],
    since: date,
    now: datetime,
) -> Iterator[Policy]:
    """Rules and plans on file: most schools have them all, some miss a few; some agencies have theirs."""
    kinds = [
        kind for kind in PaperKind.objects.filter(current=True) if kind.spec["nature"] in ("policy", "letter")
    ]
    agencies = (*WITH_POLICIES, *chain.from_iterable(offices_of_the_town().values()))
    keepers: list[tuple[str, date, School | None]] = [
        (school.key, school.opened or since, school) for school in SCHOOLS
    ]
    keepers += [(key, since, None) for key in agencies]
    for key, first, school in keepers:
        approved_by = next(
            (holders[key, post][0] for post in ("head", *LEADERS) if (key, post) in holders), None
        )
        for kind in kinds:
            if school is None or done(school, f"policy/{kind.key}", 0.99):
                yield Policy(
                    county_id=CODE,
                    org=orgs[key],
                    kind=kind.key,
                    title=f"{orgs[key].short_name}{kind.title}",
                    from_day=first,
                    review_on=since + timedelta(days=365),
                    approved_by=approved_by,
                    recorded_by_name=approved_by.name if approved_by else "",
                    recorded_at=now,
                )
