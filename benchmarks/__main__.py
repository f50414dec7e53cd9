"""`./huyuan bench NAME [--json]`: measure, and print the figures beside their floors."""

import argparse
import os
import signal
import sys

import django

from benchmarks import house


def main() -> None:
    """Run one benchmark in a throw-away house."""
    # Nothing of the user's is measured: models are known here, but only the house's databases are ever asked.
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "HUYUAN_DATA"):
        os.environ.pop(name, None)
    django.setup()
    from benchmarks import import_, notice, packs, pages, people, proof, search, verdicts

    parser = argparse.ArgumentParser(prog="./huyuan bench")
    names = parser.add_subparsers(dest="name", required=True, metavar="NAME")
    for module in (verdicts, proof, pages, packs, import_, notice, search, people):
        name = module.__name__.rpartition(".")[2].rstrip("_")
        command = names.add_parser(name, help=(module.__doc__ or "").splitlines()[0])
        command.add_argument("--json", action="store_true", help="one JSON object")
        module.arguments(command)
        command.set_defaults(run=module.run)
    options = parser.parse_args()
    # Ended from outside, it cleans up as after Ctrl-C.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with house.opened() as opened:
        report = options.run(opened, options)
    print(report.as_json() if options.json else report.as_text())


if __name__ == "__main__":
    main()
