"""What a benchmark found: facts about what was measured, and a table of figures, each beside its floor."""

import json
import os
import unicodedata
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any


@dataclass
class Report:
    """`about`: what was measured. `tables`: title → rows. `load`: the machine's, before."""

    benchmark: str
    about: dict[str, Any] = field(default_factory=dict)
    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    cpus: int = field(default_factory=lambda: os.cpu_count() or 1)
    load: float = field(default_factory=lambda: os.getloadavg()[0])
    at: str = field(default_factory=lambda: datetime.now().astimezone().isoformat(timespec="minutes"))

    def as_json(self) -> str:
        """One JSON object."""
        return json.dumps(asdict(self), ensure_ascii=False)

    def as_text(self) -> str:
        """For people: the same figures, aligned."""
        lines = [f"{self.benchmark}   {self.at}   {self.cpus} CPU   load {shown(self.load)}"]
        lines += [f"  {name}: {shown(value)}" for name, value in self.about.items()]
        for title, rows in self.tables.items():
            lines += ["", title, *aligned(rows)]
        return "\n".join(lines)


def aligned(rows: list[dict[str, Any]]) -> list[str]:
    """A table with its heading; figures to the right, words to the left."""
    if not rows:
        return []
    columns = {name: [name, *(shown(row[name]) for row in rows)] for name in rows[0]}
    widths = {name: max(map(width, cells)) for name, cells in columns.items()}
    figures = {name for name in columns if all(isinstance(row[name], int | float) for row in rows)}
    lines = []
    for number in range(len(rows) + 1):
        cells = []
        for name, values in columns.items():
            blank = " " * (widths[name] - width(values[number]))
            cells.append(blank + values[number] if name in figures else values[number] + blank)
        lines.append("  " + "  ".join(cells).rstrip())
    return lines


def shown(value: Any) -> str:
    """Figures with three digits that count."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, list):
        return ", ".join(map(shown, value))
    return str(value)


def width(text: str) -> int:
    """Columns on a terminal: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
