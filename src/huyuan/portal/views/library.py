"""The library: installed packs, what they hold in words, what a version changed, and coverage."""

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_safe

from huyuan.kernel.days import day_of, zh_date
from huyuan.orgs.permissions import not_found
from huyuan.orgs.request import SignedInRequest
from huyuan.packs import checking
from huyuan.packs.models import PackVersion
from huyuan.packs.queries import installed, newest
from huyuan.packs.registry import KINDS, known
from huyuan.packs.versions import Change, Diff, diff
from huyuan.portal.views.directives import NATURES, STATUSES, coverage_bar
from huyuan.reports import coverage

# Kinds of pack content that people read elsewhere or that only the machine reads.
NOT_LISTED = frozenset({"pack", "obligations"})
READ = ("directive", "campaign", "norm", "report")


@require_safe
def packs(request: SignedInRequest) -> HttpResponse:
    """Every installed pack with its newest version."""
    today = day_of(request.now)
    rows = [
        {
            "url": reverse("portal:pack", args=[key]),
            "title": version.title,
            "nature": NATURES[version.nature],
            "issuer": version.issuer or None,
            "version": version.version,
            "installed": zh_date(day_of(version.installed_at)),
            "review": review(version, today),
        }
        for key, version in sorted(newest().items(), key=lambda one: (one[1].nature, one[1].title))
    ]
    return render(request, "portal/library/packs.html", {"rows": rows})


@require_safe
def pack(request: SignedInRequest, key: str) -> HttpResponse:
    """One pack: its versions, and its content in words."""
    versions = list(PackVersion.objects.filter(pack__key=key).defer("content").order_by("-installed_at"))
    snapshot = installed(key)
    if not versions or snapshot is None:
        raise not_found()
    version = versions[0]
    context = {
        "version": version,
        "nature": NATURES[version.nature],
        "facts": facts(version),
        "readable": version.nature in READ,
        "versions": [
            {
                "version": one.version,
                "installed": zh_date(day_of(one.installed_at)),
                "diff_url": f"{reverse('portal:pack-diff', args=[key])}?a={before.version}&b={one.version}"
                if before
                else "",
            }
            for one, before in zip(versions, [*versions[1:], None], strict=True)
        ],
        "kinds": [
            {"zh": KINDS[kind].zh, "items": [item["say"] for item in items]}
            for kind, items in snapshot.content.items()
            if kind in KINDS and kind not in NOT_LISTED
        ],
    }
    return render(request, "portal/library/pack.html", context)


@require_safe
def pack_diff(request: SignedInRequest, key: str) -> HttpResponse:
    """What changed from one installed version to another."""
    old = installed(key, request.GET.get("a") or None)
    new = installed(key, request.GET.get("b") or None)
    if old is None or new is None:
        raise not_found()
    title = newest()[key].title
    changes = list(lines(diff(old, new)))
    context = {"key": key, "title": title, "old": old.version, "new": new.version, "changes": changes}
    return render(request, "portal/library/diff.html", context)


@require_safe
def covered(request: SignedInRequest) -> HttpResponse:
    """What became of every obligation of the catalogue, by document and by capability."""
    found, capabilities = coverage_of(frozenset(one.id for one in newest().values()))
    statuses = {status: status.replace("_", "-") for status in coverage.STATUSES}

    def counts(members: list[coverage.Line]) -> dict[str, int]:
        return dict(Counter(statuses[line.status] for line in members))

    documents: dict[str, list[coverage.Line]] = {}
    groups: dict[str, list[coverage.Line]] = {}
    for line in found:
        documents.setdefault(line.obligation.document, []).append(line)
        groups.setdefault(line.obligation.capability, []).append(line)
    status = request.GET.get("status", "")
    chosen = request.GET.get("capability", "")
    listed = [
        {
            "id": line.obligation.key,
            "quote": line.obligation.quote,
            "status": statuses[line.status],
            "reason": line.reason or "、".join(line.by),
        }
        for line in found
        if (status or chosen)
        and status in ("", statuses[line.status])
        and chosen in ("", line.obligation.capability)
    ]
    context = {
        "total": len(found),
        "bar": coverage_bar(counts(found)),
        "statuses": STATUSES,
        "documents": [table_row(name, counts(members), len(members)) for name, members in documents.items()],
        "capabilities": [
            table_row(capabilities[key], counts(members), len(members), f"?capability={key}")
            for key, members in groups.items()
        ],
        "listed": listed,
        "chosen": capabilities.get(chosen, ""),
        "status": status,
        "filters": [
            {
                "name": "status", "label": "状态", "type": "select", "value": status,
                "options": [{"value": key, "label": zh} for key, (_, zh) in STATUSES.items()],
            },
            {
                "name": "capability", "label": "内容", "type": "select", "value": chosen,
                "options": [{"value": key, "label": zh} for key, zh in capabilities.items()],
            },
        ],
    }  # fmt: skip
    return render(request, "portal/library/coverage.html", context)


PAGES = [
    path("packs/", packs, name="packs"),
    path("packs/coverage/", covered, name="coverage"),
    path("packs/<str:key>/", pack, name="pack"),
    path("packs/<str:key>/diff/", pack_diff, name="pack-diff"),
]


def table_row(name: str, counts: dict[str, int], total: int, url: str = "") -> dict[str, Any]:
    """A row of the coverage tables."""
    return {"name": name, "url": url, "total": total, **{key: counts.get(key, 0) for key in STATUSES}}


@lru_cache(maxsize=2)
def coverage_of(versions: frozenset[UUID]) -> tuple[list[coverage.Line], dict[str, str]]:
    """The lines and the capabilities' names, from the pack files; read again when something was installed."""
    library = checking.load(settings.PACKS_DIR)
    named = known(library.content(), "capabilities")
    return coverage.cover(library), {key: one.zh for key, one in named.items()}


def review(version: PackVersion, today: Any) -> Any:
    """The review date, marked when it is past."""
    if version.review_on is None:
        return None
    text = zh_date(version.review_on)
    return {"status": "overdue", "word": "该复核", "text": text} if version.review_on < today else text


def facts(version: PackVersion) -> list[dict[str, Any]]:
    """The manifest in words."""
    note = version.manifest.get("note", "")
    rows = [
        ("编号", version.pack.key),
        ("版本", version.version),
        ("发文单位", version.issuer),
        ("发文日期", zh_date(version.published) if version.published else ""),
        ("施行", span(version)),
        ("复核日期", zh_date(version.review_on) if version.review_on else ""),
        ("来源", (version.manifest.get("source") or {}).get("title", "")),
        ("说明", note),
    ]
    return [{"key": key, "value": value} for key, value in rows if value]


def span(version: PackVersion) -> str:
    """自2026年9月1日起，至…"""
    begins = f"自{zh_date(version.in_force_from)}起" if version.in_force_from else ""
    ends = f"至{zh_date(version.in_force_until)}" if version.in_force_until else ""
    return "，".join(part for part in (begins, ends) if part)


def lines(changes: Diff) -> Iterator[dict[str, Any]]:
    """A version's changes as `parts.diff_list` shows them: one line for each item, one for each field."""
    for kind, found in (("added", changes.added), ("changed", changes.changed), ("retired", changes.retired)):
        for change in found:
            if not change.fields:
                yield {"kind": kind, "label": label(change)}
            for field_path, before, after in change.fields:
                yield {
                    "kind": kind,
                    "label": f"{label(change)}（{field_path}）",
                    "before": text(before),
                    "after": text(after),
                }


def label(change: Change) -> str:
    """规则：每周一次排查安全隐患"""
    return f"{KINDS[change.kind].zh}：{change.say}"


def text(value: Any) -> str:
    """A JSON value for reading."""
    match value:
        case None:
            return "（无）"
        case bool():
            return "是" if value else "否"
        case list():
            return "、".join(text(one) for one in value)
        case dict():
            return "，".join(f"{key}：{text(one)}" for key, one in value.items())
    return str(value)
