"""Forms as a kind of pack content."""

from pydantic import TypeAdapter

from huyuan.packs.registry import PackKind, register
from huyuan.registers.packchecks import check_forms
from huyuan.registers.schema import FormSpec


def register_kinds() -> None:
    """Called once, when the program starts."""
    register(
        PackKind(
            "forms",
            "forms/*.yaml",
            TypeAdapter(FormSpec),
            say=lambda form: form.title,
            check=check_forms,
            single=True,
            shared=True,
        )
    )
