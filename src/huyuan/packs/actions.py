"""Installing packs. A version is written once, in one transaction, and never edited."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from huyuan.kernel.errors import Refused
from huyuan.packs import checking, queries
from huyuan.packs.models import Pack, PackVersion
from huyuan.packs.reading import Reading
from huyuan.packs.registry import IMPACT, KINDS, Impact
from huyuan.packs.versions import Diff, Snapshot, diff, refusals, snapshot


@dataclass(frozen=True)
class Installation:
    """What an installation did, or would do. `before` is None for a first one; `changed` False: nothing to
    do."""

    key: str
    version: str
    before: str | None
    changed: bool
    diff: Diff
    impact: Impact


def install(path: Path, *, now: datetime, dry_run: bool = False) -> Installation:
    """Check a pack folder and install its version; installing what is installed changes nothing.

    Refused: `bad-pack` (facts: `problems`, every one as a line), `needs-pack` (a pack it depends on is not
    installed as it stands on file), `bad-version` (older than what is installed, changed under the same
    number, or a field of a form reused). `dry_run` does everything and takes it back.
    """
    library = checking.load(settings.PACKS_DIR, path)
    key = next(key for key, reading in library.readings.items() if reading.folder == path)
    with transaction.atomic():
        done = _install(key, library, now)
        transaction.set_rollback(dry_run)
    return done


def install_all(*, now: datetime) -> list[Installation]:
    """Install every pack on file, each after what it uses, all or none. Refused as `install` is."""
    library = checking.load(settings.PACKS_DIR)
    with transaction.atomic():
        return [_install(key, library, now) for key in library.order()]


def _install(key: str, library: checking.Library, now: datetime) -> Installation:
    problems = checking.check(key, library)
    if problems:
        lines = [str(problem) for problem in problems]
        raise Refused("bad-pack", f"法规包 {key} 有{len(lines)}处问题，改好后再安装", problems=lines)
    reading = library.readings[key]
    new = snapshot(reading)
    Pack.objects.bulk_create([Pack(key=new.key)], ignore_conflicts=True)
    pack = Pack.objects.select_for_update().get(key=new.key)
    old = queries.installed(new.key)
    changes = diff(old, new)
    before = old.version if old else None
    if old and old.version == new.version and old.digest == new.digest:
        return Installation(new.key, new.version, before, False, changes, Impact())
    reasons = list(refusals(old, new)) if old else []
    if reasons:
        raise Refused("bad-version", f"法规包 {new.key} 不能安装：{'；'.join(reasons)}", reasons=reasons)
    _require_dependencies(new.key, library)
    version = _write_version(pack, reading, new, now)
    for kind in KINDS.values():
        if kind.install:
            kind.install(version, reading.content[kind.name])
    touched = changes.touched()
    impacts = [ask(version, touched) for ask in IMPACT]
    impact = Impact(sum(i.organisations for i in impacts), sum(i.duties for i in impacts))
    return Installation(new.key, new.version, before, True, changes, impact)


def _require_dependencies(key: str, library: checking.Library) -> None:
    """What the pack was checked against is what is installed, so that every word it names exists there
    too."""
    if key in checking.EVERYWHERE:
        return
    needed = [name for name in library.reach(key) if name != key]
    found = queries.newest()
    for name in needed:
        if name not in found or found[name].digest != snapshot(library.readings[name]).digest:
            folder = library.readings[name].folder
            raise Refused("needs-pack", f"法规包 {key} 用到 {name}，请先安装 {folder}", pack=name)


def _write_version(pack: Pack, reading: Reading, new: Snapshot, now: datetime) -> PackVersion:
    manifest = reading.content["pack"][0].value
    return PackVersion.objects.create(
        pack=pack,
        version=new.version,
        digest=new.digest,
        title=manifest.title,
        short=manifest.short,
        nature=manifest.nature,
        issuer=manifest.issuer or "",
        published=manifest.published,
        in_force_from=manifest.effective.from_,
        in_force_until=manifest.effective.until,
        review_on=manifest.review_on,
        cut_now=manifest.cut == "now",
        manifest=new.content["pack"][0]["value"],
        content=new.content,
        installed_at=now,
    )
