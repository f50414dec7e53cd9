"""`python -m benchmarks.process MODULE:FUNCTION JSON`: one measurement (see `house.Database.run`)."""

import importlib
import json
import sys

import django


def main() -> None:
    """Call the function with the arguments given and print its result as JSON."""
    module, _, name = sys.argv[1].partition(":")
    django.setup()
    result = getattr(importlib.import_module(module), name)(**json.loads(sys.argv[2]))
    print(json.dumps(result))


if __name__ == "__main__":
    main()
