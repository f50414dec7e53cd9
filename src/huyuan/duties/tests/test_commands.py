"""What is done from the command line."""

import json
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from huyuan.duties.models import Adoption
from huyuan.duties.tests.adopted import World, check, shanghai, version
from huyuan.duties.tests.judging import weekly
from huyuan.orgs.session import acting
from huyuan.packs.models import Pack


def said(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_verdicts_of_a_school_and_month(world: World) -> None:
    with acting(world.county.system):
        at = shanghai("2026-10-16T09:00")
        world.record("central", check("2026-10-16T09:00"), at=at)
    told = json.loads(said("verdicts", "--org", "central", "--period", "2026-10", "--json"))
    found = {item["period"]: item for item in told["items"] if item["rule"] == "made-up/rule"}
    assert found["2026-W42"]["verdict"] == "met"
    assert found["2026-W42"]["because"] == [
        "10月12日—10月18日这一周要求安全隐患排查1次，已登记1次（10月16日） → 已完成"
    ]
    assert (told["org"], told["period"]) == ("central", "2026-10")
    lines = said("verdicts", "--org", "central", "--period", "2026-10")
    assert found["2026-W42"]["because"][0] in lines


def test_an_organisation_that_nobody_knows(world: World) -> None:
    with pytest.raises(CommandError, match="nowhere"):
        said("verdicts", "--org", "nowhere", "--period", "2026-10")


def test_a_pack_is_adopted_with_its_local_values(world: World) -> None:
    pack = Pack.objects.create(key="second")
    open_rule = weekly("often", every={"local": "often", "ask": "多久一次？"})
    version(pack, "2026.1", (open_rule,), shanghai("2026-09-01T00:00"))
    arguments = ["packs", "adopt", "second", "--org", "bureau", "--go-live", "2026-10-01"]
    with pytest.raises(CommandError, match="没有问"):
        said(*arguments, "--local", "seldom=1")
    assert "second" in said(*arguments, "--local", "often={month: 1}", "--sign-in", "gate=2026-11-01")
    with acting(world.county.system):
        adoption = Adoption.objects.get(pack_key="second")
        assert (adoption.from_day, adoption.go_live) == (date(2026, 10, 1), date(2026, 10, 1))
        assert adoption.local_values.get().value == {"month": 1}
        assert adoption.sign_ins.get().point == "gate"
    with pytest.raises(CommandError, match="已经采用"):
        said(*arguments)
