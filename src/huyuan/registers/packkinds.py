"""Forms as a kind of pack content: checked, evolved from version to version, written as rows."""

from collections.abc import Sequence

from pydantic import TypeAdapter

from huyuan.packs.registry import InstalledVersion, Item, PackKind, register
from huyuan.packs.versions import digest, dump
from huyuan.registers.models import Form
from huyuan.registers.packchecks import check_forms, forbids
from huyuan.registers.schema import FormSpec


def register_kinds() -> None:
    """Called once, when the program starts."""
    register(
        PackKind(
            "forms",
            "登记表",
            "forms/*.yaml",
            TypeAdapter(FormSpec),
            say=lambda form: form.title,
            check=check_forms,
            evolve=forbids,
            install=install_forms,
            single=True,
            shared=True,
        )
    )


def install_forms(version: InstalledVersion, items: Sequence[Item]) -> None:
    """Write the forms of a version; those of the pack's earlier versions are no longer offered."""
    Form.objects.filter(pack_version__pack=version.pack_id, current=True).update(current=False)
    specs = [(item.value, dump("forms", item.value)) for item in items]
    Form.objects.bulk_create(
        Form(
            pack_version_id=version.pk,
            key=form.key,
            title=form.title,
            theme=form.theme,
            spec=spec,
            digest=digest(spec),
        )
        for form, spec in specs
    )
