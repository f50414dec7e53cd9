"""The small county with kinds of paper, the form they collect, and a sink in the place of duties."""

from collections.abc import Iterator
from typing import Any

import pytest

from huyuan.orgs.tests.county import SmallCounty, build
from huyuan.papers.models import PaperKind
from huyuan.papers.schema import PaperSpec
from huyuan.registers import effects
from huyuan.registers.models import Form
from huyuan.registers.tests.library import CHECK, Remembering, install

KINDS: tuple[dict[str, Any], ...] = (
    {"key": "gate", "title": "门卫制度", "nature": "policy", "required_by": ["school"]},
    {
        "key": "duty",
        "title": "值班制度",
        "nature": "policy",
        "required_by": ["school"],
        "realises": {"act": "policy-adoption", "where": {"policy": "duty"}},
    },
    {
        "key": "three-lists",
        "title": "三清单",
        "nature": "submission",
        "required_by": ["school"],
        "to": ["education-bureau"],
        "collects": {
            "form": "check",
            "sheets": [
                {
                    "title": "问题清单",
                    "rows": "hazards",
                    "columns": [
                        {"title": "登记号", "field": "number"},
                        {"title": "日期", "field": "day"},
                        {"title": "情况", "field": "what"},
                    ],
                },
                {
                    "title": "重大",
                    "rows": "hazards",
                    "field": "severity",
                    "values": ["major"],
                    "columns": [{"title": "情况", "field": "what"}, {"title": "填表人", "field": "filler"}],
                },
            ],
        },
    },
    {
        "key": "summary",
        "title": "总结",
        "nature": "submission",
        "required_by": ["school"],
        "to": ["education-bureau"],
    },
)


@pytest.fixture
def county(db: None) -> SmallCounty:
    return build()


@pytest.fixture
def form(db: None) -> Form:
    """The form of the checks, and in its pack version the kinds of paper."""
    form = install(CHECK)
    for spec in KINDS:
        PaperSpec.model_validate(spec)
    PaperKind.objects.bulk_create(
        PaperKind(pack_version=form.pack_version, key=spec["key"], title=spec["title"], spec=spec)
        for spec in KINDS
    )
    return form


@pytest.fixture
def sink() -> Iterator[Remembering]:
    others = list(effects.SINKS)
    remembering = Remembering()
    effects.SINKS[:] = [remembering]
    yield remembering
    effects.SINKS[:] = others
