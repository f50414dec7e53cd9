"""The house as ARCHITECTURE.md describes it, held by the sources and by the migrated database.

Layers of imports are import-linter's (.importlinter); here is what it cannot see.
"""

import ast
import configparser
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.models import JSONField, Model
from jinja2 import Environment

ROOT: Path = settings.ROOT
SOURCES = ROOT / "src" / "huyuan"

# One job per file name; imports inside a package go from left to right.
ORDER = ("urls", "views tasks", "forms", "actions", "queries", "models", "rules")
EVERY = {
    *" ".join(ORDER).split(),
    *("__init__", "apps", "permissions", "packkinds", "packchecks", "schema", "search", "sheets", "traced"),
    *("management", "migrations", "templates", "static", "tests"),
}
# Nouns that one package alone has: what it is about.
OWN = {
    "kernel": "calendar copying datum days errors fields finding holidays_cn ids limits recurrence"
    " transitions windows",
    "trace": "files keys sealing verbs",
    "orgs": "actor arrivals grants kept middleware oidc outside predicates request rls session signins"
    " tables unfinished vocabulary",
    "packs": "catalogue checking format messages reading registry subcommands versions yamltext",
    "registers": "after answerable effects orders prefill tables",
    "papers": "required",
    "notify": "channels",
    "cases": "after sinks voices",
    "duties": "commands measures scenarios sinks tallies",
    "perimeter": "drawing measures tables",
    "risks": "",
    "reports": "campaign coverage coverage_page",
    "portal": "addresses agenda county_map figures frame panels saying segments telling village_returns"
    " windows wizard",
}
# What knows no framework, no table and no clock: everything of the kernel but two modules, and every
# package's rules and schema.
KERNEL_WITH_DJANGO = {"huyuan.kernel.apps", "huyuan.kernel.copying"}
FRAMEWORKS = {"django", "psycopg", "procrastinate"}

# The library of directives and words is the same for every county, and public.
LIBRARY = {
    "orgs_word",
    "packs_pack",
    "packs_packversion",
    "registers_form",
    "papers_paperkind",
    "duties_term",
    "duties_clause",
    "duties_rule",
    "perimeter_venuekind",
}
# Joins two rows that each have a county.
JOINS = {"duties_adoption_only"}
# Written for people of whom nobody knows yet who they are.
BEFORE = {"orgs_attempt", "orgs_signin"}
UNLOCKED = {
    "orgs_account": "read before anybody is signed in",
    "orgs_identity": "read before anybody is signed in; keyed hashes",
    "orgs_revision": "numbers that say that something is another, not what",
    "orgs_reach": "the policies themselves read it; ids of organisations alone",
    "cases_numbering": "counters without content",
    "registers_numbering": "counters without content",
    "trace_file": "a digest without name or owner; whoever finds it came through a locked row that names it",
    "trace_seal": "digests of records that are locked",
}
TYPED = ("Proof", "Measurement", "Presence", "Event")


def models() -> Iterator[type[Model]]:
    """Every table of our packages, those that Django makes for many-to-many relations included."""
    for model in apps.get_models(include_auto_created=True):
        if model.__module__.startswith("huyuan."):
            yield model


def layers() -> dict[str, int]:
    """Package → how high it stands, as .importlinter says."""
    config = configparser.ConfigParser()
    config.read(ROOT / ".importlinter")
    lines = config["importlinter:contract:layers"]["layers"].split("\n")
    stacked = [line.replace("|", " ").split() for line in lines if line.strip()]
    return {package: height for height, packages in enumerate(reversed(stacked)) for package in packages}


def committed() -> list[str]:
    """Names of the files of the repository."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    return [name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).exists()]


def test_foreign_keys_point_downwards() -> None:
    height = layers()
    assert set(height) == set(settings.PACKAGES)
    upwards = [
        f"{model._meta.label}.{field.name} → {field.related_model._meta.label}"
        for model in models()
        for field in model._meta.get_fields()
        if getattr(field, "column", None) and isinstance(field.related_model, type)
        if not field.related_model._meta.label.startswith(("auth.", "contenttypes."))
        if height[field.related_model._meta.app_label] > height[model._meta.app_label]
    ]
    assert upwards == []


@pytest.mark.parametrize("package", settings.PACKAGES)
def test_files_have_the_names_of_the_house(package: str) -> None:
    found = {path.stem for path in (SOURCES / package).iterdir() if path.name != "__pycache__"}
    assert found - EVERY == set(OWN[package].split())


def test_imports_inside_a_package_go_one_way() -> None:
    rank = {name: height for height, names in enumerate(reversed(ORDER)) for name in names.split()}
    graph = grimp.build_graph("huyuan")
    wrong = []
    for module in graph.modules:
        _, package, name, *_ = [*module.split("."), "", ""]
        for imported in graph.find_modules_directly_imported_by(module):
            _, other, target, *_ = [*imported.split("."), "", ""]
            if package == other and rank.get(target, 0) > rank.get(name, len(ORDER)):
                wrong.append(f"{module} → {imported}")
    assert wrong == []


def test_rules_and_schemas_are_pure() -> None:
    graph = grimp.build_graph("huyuan", include_external_packages=True)
    pure = [
        module
        for module in graph.modules
        if re.match(r"huyuan\.(kernel\b|\w+\.(rules|schema)\b)", module) and ".tests" not in module
    ]
    assert len(pure) > 20
    impure = {module for module in pure if FRAMEWORKS & graph.find_modules_directly_imported_by(module)}
    assert impure == KERNEL_WITH_DJANGO
    clocks = re.compile(r"\b(timezone\.now|datetime\.now|date\.today|time\.time|utcnow)\(")
    readers = {
        module
        for module in pure
        for path in [SOURCES.parent / module.replace(".", "/")]
        for source in [path / "__init__.py" if path.is_dir() else path.with_suffix(".py")]
        if source.exists() and clocks.search(source.read_text())
    }
    assert readers == set()


@pytest.mark.parametrize("name", TYPED)
def test_what_feeds_verdicts_is_typed(name: str) -> None:
    model = apps.get_model("duties", name)
    assert [field.name for field in model._meta.get_fields() if isinstance(field, JSONField)] == []


def test_every_business_row_has_a_county() -> None:
    without = set()
    for model in models():
        columns = {field.column: field for field in model._meta.concrete_fields}
        if "county_id" not in columns or columns["county_id"].null:
            without.add(model._meta.db_table)
    assert without == LIBRARY | JOINS | BEFORE


@pytest.mark.django_db
def test_every_table_of_a_county_is_locked() -> None:
    """Row-level security is on, also for the owner, with a policy for each of the four commands."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, relrowsecurity AND relforcerowsecurity,"
            " (SELECT count(DISTINCT polcmd) FROM pg_policy WHERE polrelid = pg_class.oid)"
            " FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
        )
        locks = {table: (locked, policies) for table, locked, policies in cursor.fetchall()}
    tables = {model._meta.db_table for model in models()}
    assert {table for table in tables if not locks[table][0]} == LIBRARY | JOINS | BEFORE | set(UNLOCKED)
    assert {table for table in tables if locks[table][0] and locks[table][1] != 4} == set()


def test_templates_have_no_inline_script_or_style() -> None:
    """The content security policy would drop it without a word."""
    inline = re.compile(
        r"<style\b|<script(?![^>]*\bsrc=)|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|javascript:", re.IGNORECASE
    )
    templates = sorted(SOURCES.glob("*/templates/**/*.html"))
    assert len(templates) > 20
    found = [
        f"{path.relative_to(SOURCES)}: {match[0]}"
        for path in templates
        for _, token, text in Environment().lex(path.read_text(encoding="utf-8"))
        if token == "data"
        for match in inline.finditer(text)
    ]
    assert found == []


def test_no_committed_file_knows_a_machine_or_a_registry() -> None:
    # Written in parts, so that this file is not its own finding.
    folders = "|".join(("work", "root", "home", "Users", "tmp"))
    hosts = "|".join(("pypi", "pythonhosted", "npmjs", "crates", "rubygems"))
    machine = re.compile(rf"(?<![\w.<>/\-}}]){'/'}(?:{folders})/\w".encode())
    registry = re.compile(rf"(?:{hosts})\.(?:org|com|io)\b|--(?:extra-)?index-url\s*[= ]\s*http".encode())
    found = []
    for name in committed():
        if "/static/vendor/" in name:
            continue
        content = (ROOT / name).read_bytes()
        found += [f"{name}: {match[0]!r}" for rule in (machine, registry) for match in rule.finditer(content)]
    assert found == []
    assert "://" not in (ROOT / "requirements.lock").read_text()


def test_every_action_and_query_says_what_it_does() -> None:
    silent = []
    for path in sorted(SOURCES.glob("*/**/*.py")):
        if not {"actions", "queries"} & {part.removesuffix(".py") for part in path.parts[-2:]}:
            continue
        silent += [
            f"{path.relative_to(SOURCES)}:{node.lineno} {node.name}"
            for node in ast.parse(path.read_text(encoding="utf-8")).body
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
            if not ast.get_docstring(node)
        ]
    assert silent == []


def test_every_dependency_is_named_and_explained() -> None:
    """requirements.in, its lock and docs/dependencies.md speak of the same packages."""
    wanted = re.findall(r"^[a-z][\w-]*", (ROOT / "requirements.in").read_text(), re.MULTILINE)
    locked = re.findall(r"^([a-z][\w.-]*)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8").lower()
    assert set(wanted) <= set(locked)
    assert [name for name in wanted if name.removesuffix("-cffi") not in page] == []
