"""What the command line shares: finding an organisation, and `packs adopt`."""

import argparse
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any

import yaml
from django.core.management.base import CommandError
from django.utils import timezone

from huyuan.duties.actions import adopt
from huyuan.orgs.actor import Actor, system_actor
from huyuan.orgs.models import Organisation
from huyuan.orgs.queries import counties
from huyuan.orgs.session import acting
from huyuan.packs.subcommands import Subcommand


@contextmanager
def organisation(key: str, job: str) -> Iterator[tuple[Actor, Organisation]]:
    """The organisation of that key in whichever county has it, and a job of that county, inside its scope."""
    for county_id in counties():
        actor = system_actor(job, county_id)
        with acting(actor):
            found = Organisation.objects.filter(county_id=county_id, key=key).first()
            if found:
                yield actor, found
                return
    raise CommandError(f"没有编号为 {key} 的单位，请核对 --org")


def adopt_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("pack", help="方案的编号")
    parser.add_argument("--org", required=True, help="采用单位的编号")
    parser.add_argument("--go-live", required=True, type=date.fromisoformat, help="启用日，如 2026-09-01")
    parser.add_argument("--until", type=date.fromisoformat, help="最后一天")
    parser.add_argument("--decided-by", default="命令行", help="本地约定由谁决定")
    parser.add_argument("--local", action="append", default=[], metavar="NAME=VALUE", help="本地约定，可重复")
    parser.add_argument(
        "--actor", action="append", default=[], metavar="NAME=POST", help="文中的责任人对应的职务，可重复"
    )
    parser.add_argument(
        "--sign-in", action="append", default=[], metavar="POINT=DAY", help="某岗位开始签到的日子"
    )


def adopt_run(options: Mapping[str, Any], write: Callable[[str], None]) -> None:
    """Values are written as in YAML: `--local interim='{days: 1}'`."""
    with organisation(options["org"], "命令行") as (actor, org):
        adoption = adopt(
            actor=actor,
            org_id=org.id,
            pack_key=options["pack"],
            go_live=options["go_live"],
            until=options["until"],
            decided_by=options["decided_by"],
            local_values={name: yaml.safe_load(value) for name, value in pairs(options["local"])},
            actors=dict(pairs(options["actor"])),
            sign_ins={point: date.fromisoformat(day) for point, day in pairs(options["sign_in"])},
            now=timezone.now(),
        )
        write(f"{org.name}已采用 {adoption.pack_key}，自{adoption.go_live}起启用")


def pairs(given: list[str]) -> Iterator[tuple[str, str]]:
    """name=value → (name, value)"""
    for each in given:
        name, equals, value = each.partition("=")
        if not equals:
            raise CommandError(f"应写成 名称=值，不能是 {each}")
        yield name, value


ADOPT = Subcommand("adopt", "让一个单位采用已安装的方案", adopt_arguments, adopt_run)
