"""What the installed packs say, kept in the process until another version is installed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from huyuan.duties.models import Clause, Rule
from huyuan.duties.queries.words import words as duty_words
from huyuan.duties.rules.because import Words
from huyuan.duties.rules.binding import Binding
from huyuan.duties.rules.counting import can_count
from huyuan.orgs.kept import per_library
from huyuan.packs import queries as packs
from huyuan.registers.queries import current_forms
from huyuan.registers.schema import FormSpec


@dataclass(frozen=True)
class Text:
    """The sentences behind a rule, how people cite them, and where they stand in the directive."""

    citation: str
    text: str
    url: str


@dataclass
class Library:
    """The state of the library after one installation."""

    words: Words
    themes: Mapping[str, str]
    forms: Mapping[str, FormSpec]
    texts: dict[UUID, Text] = field(default_factory=dict)
    counting: dict[UUID, tuple[str, ...]] = field(default_factory=dict)

    def order(self, theme: str) -> tuple[int, str]:
        """Where a theme stands among the others; one that nobody has named comes last."""
        names = list(self.themes)
        return (names.index(theme) if theme in self.themes else len(names), theme)

    def forms_for(self, binding: Binding) -> tuple[str, ...]:
        """The forms whose entries can count for the rule, the plainest first."""
        if binding.rule_id not in self.counting:
            able = [form for form in self.forms.values() if can_count(form, binding.rule)]
            able.sort(key=lambda form: (len(form.effects), len(form.fields), form.key))
            self.counting[binding.rule_id] = tuple(form.key for form in able)
        return self.counting[binding.rule_id]


@per_library
def library() -> Library:
    """The library as it is now."""
    themes = {key: value["zh"] for key, value in packs.words("capabilities").items()}
    return Library(duty_words(), themes, {key: known.spec for key, known in current_forms().items()})


def texts_of(known: Library, rule_ids: Collection[UUID]) -> Mapping[UUID, Text]:
    """The sentences behind these rules; no query for those asked for before, else two."""
    missing = set(rule_ids) - known.texts.keys()
    if missing:
        columns = ("id", "clauses", "pack_version_id", "pack_version__short", "pack_version__pack__key")
        rules = list(Rule.objects.filter(id__in=missing).values_list(*columns))
        clauses = {
            (version, key): (cite, text)
            for version, key, cite, text in Clause.objects.filter(
                pack_version__in={row[2] for row in rules}
            ).values_list("pack_version_id", "key", "cite", "text")
        }
        for rule_id, keys, version, short, pack in rules:
            found = [clauses[version, key] for key in keys if (version, key) in clauses]
            citation = f"《{short}》{'、'.join(cite for cite, _ in found)}"
            text = "\n".join(text for _, text in found)
            known.texts[rule_id] = Text(citation, text, f"/directives/{pack}/#{keys[0]}")
    return known.texts
