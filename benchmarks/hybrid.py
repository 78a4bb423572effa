"""Hybrids of mechanism and network: hidden rate laws, distillation, the cost of a residual, the screen.

Run: python benchmarks/hybrid.py [laws|distillation|cost|screen] [number of seeds]
    Without a part all run, the screen only where its data are. With a number of seeds tables are only
    printed.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from report import RESULTS, one_thread, page, write

one_thread()

PARTS = ("laws", "distillation", "cost", "screen")
SEEDS = 10
#: Those that are run for several seeds.
SEEDED = ("laws", "distillation")


def part(name: str) -> Any:
    """Return the module of a part: it has run and tables(results)."""
    from importlib import import_module

    return import_module(f"hybrid_parts.{name}")


def known() -> dict[str, Any]:
    """Return the results of parts that ran before."""
    path = RESULTS / "hybrid.json"
    return json.loads(path.read_text("utf-8"))["results"] if path.is_file() else {}


def main(arguments: list[str]) -> None:
    """Run the parts asked for and write the tables of all."""
    if arguments and arguments[0] not in PARTS:
        sys.exit(f"There is no part {arguments[0]!r}; there are: {', '.join(PARTS)}.")
    seeds = int(arguments[1]) if len(arguments) > 1 else SEEDS
    for name in arguments[:1] or PARTS:
        if name == "screen" and not os.environ.get("HYBRIDCELL_DATA"):
            print("The melanoma screen is left out: set HYBRIDCELL_DATA.")
            continue
        found = part(name).run(list(range(seeds))) if name in SEEDED else part(name).run()
        if len(arguments) > 1:
            print(page("a try", part(name).tables(found)))
            continue
        results = {**known(), name: found}
        done = {one: results[one] for one in PARTS if one in results}
        write("hybrid", done, [t for one in done for t in part(one).tables(done[one])])


if __name__ == "__main__":
    main(sys.argv[1:])
