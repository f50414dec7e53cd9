"""`packs check | diff | install | list | adopt`: the library of directives on the command line."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from huyuan.kernel.days import SHANGHAI
from huyuan.kernel.errors import Refused
from huyuan.packs import checking, queries
from huyuan.packs.actions import install
from huyuan.packs.reading import read
from huyuan.packs.subcommands import SUBCOMMANDS, Subcommand
from huyuan.packs.versions import Snapshot, diff, snapshot

Options = dict[str, Any]


class Command(BaseCommand):
    help = "法规包：检查、比较、安装、列出、采用"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        commands = parser.add_subparsers(dest="command", required=True, parser_class=argparse.ArgumentParser)

        def command(name: str, help: str, run: Callable[[Options], None]) -> argparse.ArgumentParser:
            added = commands.add_parser(name, help=help)
            added.set_defaults(run=run)
            return added

        check = command("check", "检查法规包，一次列出全部问题；不写路径就检查全部", self.check_packs)
        check.add_argument("path", nargs="?", type=Path, help="法规包文件夹")
        compare = command("diff", "比较两个版本", self.compare)
        compare.add_argument("old", help="文件夹，或已安装的 编号@版本")
        compare.add_argument("new", help="文件夹，或已安装的 编号@版本")
        add = command("install", "安装一个版本，并说明改了什么、影响多少单位", self.install)
        add.add_argument("path", type=Path, help="法规包文件夹")
        add.add_argument("--dry-run", action="store_true", help="只看结果，不写入")
        command("list", "列出法规包及已安装的版本", self.list_packs)
        for sub in SUBCOMMANDS:
            sub.arguments(command(sub.name, sub.help, self.delegate(sub)))

    def handle(self, *args: object, **options: Any) -> None:
        try:
            options["run"](options)
        except Refused as refused:
            problems = refused.facts.get("problems", [])
            for line in problems if isinstance(problems, list) else ():
                self.write(line)
            raise CommandError(refused.message) from refused

    def delegate(self, sub: Subcommand) -> Callable[[Options], None]:
        """Let a higher package do it."""
        return lambda options: sub.run(options, self.write)

    def write(self, line: str) -> None:
        """Print one line."""
        self.stdout.write(line)

    def check_packs(self, options: Options) -> None:
        """Exit status 1 if anything is wrong."""
        path = options["path"].resolve() if options["path"] else None
        library = checking.load(settings.PACKS_DIR, *([path] if path else []))
        keys = [key for key, reading in library.readings.items() if path in (None, reading.folder)]
        problems = [
            f"{library.readings[key].folder.name}/{problem}"
            for key in keys
            for problem in checking.check(key, library)
        ]
        for problem in problems:
            self.write(problem)
        if problems:
            raise CommandError(f"{len(keys)}个法规包，{len(problems)}处问题")
        self.write(f"{len(keys)}个法规包，没有问题")

    def compare(self, options: Options) -> None:
        """Folders need no database."""
        changes = diff(self.version(options["old"]), self.version(options["new"]))
        for line in changes.say():
            self.write(line)
        if not changes:
            self.write("没有不同")

    def version(self, name: str) -> Snapshot:
        """The version that a folder or `key@version` names."""
        folder = Path(name)
        if folder.is_dir():
            reading = read(folder)
            if reading.problems:
                lines = [str(problem) for problem in reading.problems]
                raise Refused("bad-pack", f"{name} 有{len(lines)}处问题", problems=lines)
            return snapshot(reading)
        key, _, version = name.partition("@")
        found = queries.installed(key, version or None)
        if found is None:
            raise CommandError(f"没有这个文件夹，也没有安装这个版本：{name}")
        return found

    def install(self, options: Options) -> None:
        """Print the diff and whom it touches."""
        done = install(options["path"].resolve(), now=timezone.now(), dry_run=options["dry_run"])
        if not done.changed:
            self.write(f"{done.key} {done.version} 已经安装，没有改动")
            return
        for line in done.diff.say():
            self.write(line)
        verb = "将安装" if options["dry_run"] else "已安装"
        old = f"（原为 {done.before}）" if done.before else ""
        self.write(f"{verb} {done.key} {done.version}{old}")
        self.write(f"影响{done.impact.organisations}个单位、{done.impact.duties}项未结的义务")

    def list_packs(self, options: Options) -> None:
        """Every pack on file or installed: installed version, version on file."""
        installed = queries.newest()
        on_file = {key: r.manifest for key, r in checking.load(settings.PACKS_DIR).readings.items()}
        for key in sorted({*installed, *on_file}):
            row, manifest = installed.get(key), on_file.get(key)
            title = row.title if row else manifest.title if manifest else "（pack.yaml 有误）"
            state = "未安装"
            if row:
                state = f"已安装 {row.version}（{row.installed_at.astimezone(SHANGHAI):%Y-%m-%d}）"
            if manifest and (row is None or row.version != manifest.version):
                state += f"，文件为 {manifest.version}"
            self.write(f"{key}  {title}  {state}")
