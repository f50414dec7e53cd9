"""`./huyuan packs <subcommand>` of higher packages (adopt): they add theirs here in `AppConfig.ready()`."""

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Subcommand:
    """`arguments(parser)` declares the options; `run(options, write)` does it, `write` printing one line."""

    name: str
    help: str
    arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[Mapping[str, Any], Callable[[str], None]], None]


SUBCOMMANDS: list[Subcommand] = []
