"""Kinds of premises as a kind of pack content: checked, written as rows."""

from collections.abc import Iterator, Mapping, Sequence

from pydantic import TypeAdapter

from huyuan.packs.registry import (
    Content,
    InstalledVersion,
    Item,
    PackKind,
    Problem,
    known,
    register,
    unknown,
)
from huyuan.packs.versions import dump
from huyuan.perimeter.models import VenueKind
from huyuan.perimeter.schema import VenueKindSpec


def register_kinds() -> None:
    """Called once, when the program starts."""
    register(
        PackKind(
            "venues",
            "周边场所类别",
            "venues.yaml",
            TypeAdapter(VenueKindSpec),
            say=lambda kind: kind.zh,
            check=check_venues,
            install=install_venues,
            shared=True,
        )
    )


def check_venues(pack_key: str, content: Content, library: Mapping[str, Content]) -> Iterator[Problem]:
    """The agencies that a kind names exist, and so does its category of survey."""
    orgkinds, acts = known(library, "orgkinds"), known(library, "acts")
    for item in content["venues"]:
        kind: VenueKindSpec = item.value
        for index, key in enumerate(kind.agencies):
            if key not in orgkinds:
                yield item.problem(unknown("单位类别", key, orgkinds), "agencies", index)
        if kind.survey:
            survey = acts["perimeter-survey"].qualifiers if "perimeter-survey" in acts else ()
            possible: Mapping[str, str] = next((one.values for one in survey if one.key == "category"), {})
            if kind.survey not in possible:
                yield item.problem(unknown("摸排类别", kind.survey, possible), "survey")


def install_venues(version: InstalledVersion, items: Sequence[Item]) -> None:
    """Write the kinds of a version; those of the pack's earlier versions are no longer offered."""
    VenueKind.objects.filter(pack_version__pack=version.pack_id, current=True).update(current=False)
    VenueKind.objects.bulk_create(
        VenueKind(
            pack_version_id=version.pk,
            key=item.key,
            zh=item.value.zh,
            place=number,
            spec=dump("venues", item.value),
        )
        for number, item in enumerate(items)
    )
