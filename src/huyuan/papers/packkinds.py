"""Kinds of paper as a kind of pack content: checked, written as rows."""

from collections.abc import Iterator, Mapping, Sequence

from pydantic import TypeAdapter

from huyuan.kernel.fields import Field
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
from huyuan.papers.models import PaperKind
from huyuan.papers.schema import PaperSpec, Sheet

#: what every entry has besides its fields, as a column may name it
HEADER = ("number", "at", "org", "place", "filler")


def register_kinds() -> None:
    """Called once, when the program starts."""
    register(
        PackKind(
            "papers",
            "材料",
            "papers.yaml",
            TypeAdapter(PaperSpec),
            say=lambda paper: paper.title,
            check=check_papers,
            install=install_papers,
            shared=True,
        )
    )


def install_papers(version: InstalledVersion, items: Sequence[Item]) -> None:
    """Write the kinds of paper of a version; those of the pack's earlier versions are no longer offered."""
    PaperKind.objects.filter(pack_version__pack=version.pack_id, current=True).update(current=False)
    PaperKind.objects.bulk_create(
        PaperKind(
            pack_version_id=version.pk, key=item.key, title=item.value.title, spec=dump("papers", item.value)
        )
        for item in items
    )


def check_papers(pack_key: str, content: Content, library: Mapping[str, Content]) -> Iterator[Problem]:
    """What a kind of paper names exists: organisations, the act it realises, the form and fields it
    collects."""
    orgkinds = known(library, "orgkinds")
    acts = known(library, "acts")
    forms = known(library, "forms")
    for item in content["papers"]:
        paper: PaperSpec = item.value
        for name in ("required_by", "to"):
            for index, key in enumerate(getattr(paper, name)):
                if key not in orgkinds:
                    yield item.problem(unknown("单位类别", key, orgkinds), name, index)
        if paper.realises:
            act = acts.get(paper.realises.act)
            if act is None:
                yield item.problem(unknown("行为", paper.realises.act, acts), "realises", "act")
            else:
                qualifiers = {qualifier.key for qualifier in act.qualifiers}
                for key in paper.realises.where:
                    if key not in qualifiers:
                        yield item.problem(unknown("限定", key, qualifiers), "realises", "where", key)
        if paper.collects:
            form = forms.get(paper.collects.form)
            if form is None:
                yield item.problem(unknown("表", paper.collects.form, forms), "collects", "form")
            else:
                for index, sheet in enumerate(paper.collects.sheets):
                    yield from _sheet(item, sheet, form.fields, index)


def _sheet(item: Item, sheet: Sheet, fields: tuple[Field, ...], index: int) -> Iterator[Problem]:
    at = ("collects", "sheets", index)
    by_id = {field.id: field for field in fields}
    if sheet.rows is not None:
        group = by_id.get(sheet.rows)
        if group is None or group.type != "group":
            yield item.problem(f"{sheet.rows} 不是这张表的分组（group）", *at, "rows")
        else:
            by_id |= {field.id: field for field in group.fields}
    if sheet.field is not None and sheet.field not in by_id:
        yield item.problem(unknown("字段", sheet.field, by_id), *at, "field")
    for number, column in enumerate(sheet.columns):
        if column.field not in by_id and column.field not in HEADER:
            yield item.problem(unknown("字段", column.field, by_id), *at, "columns", number, "field")
