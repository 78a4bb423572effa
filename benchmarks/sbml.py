"""SBML in: which models are computed right, how exactly, and how fast, beside libRoadRunner and COPASI.

Run: python benchmarks/sbml.py [suite|biomodels|speed|accuracy] [what to try only]
    suite [numpy jax libRoadRunner COPASI] [N]   the programs, N cases spread over the suite (default all)
    biomodels|speed|accuracy [9 28 ...]          numbers of BioModels (default all)
Without a part all run. A part that is tried on fewer cases or models prints its tables and leaves the results
alone; programs that run the whole suite take their place beside those that ran before. The suite also writes
docs/reference/sbml-support.md.
"""

from __future__ import annotations

import sys
from typing import Any

from peers.finding import versions
from report import last_run, one_thread, page, stamped, write

one_thread()

PARTS = ("suite", "biomodels", "speed", "accuracy")


def part(name: str) -> Any:
    """Return the module of a part: it has run(arguments) and tables(results)."""
    from importlib import import_module

    return import_module(f"sbml_parts.{name}")


def main(arguments: list[str]) -> None:
    """Run the parts asked for and write the tables of all."""
    if arguments and arguments[0] == "suite-worker":
        part("suite").work(arguments[1], arguments[2], arguments[3:])
        return
    if arguments and arguments[0] not in PARTS:
        sys.exit(f"There is no part {arguments[0]!r}; there are: {', '.join(PARTS)}.")
    for name in arguments[:1] or PARTS:
        found = part(name).run(arguments[1:])
        if any(word.isdigit() for word in arguments[1:]):
            print(page("a try", part(name).tables(found)))
            continue
        last = last_run("sbml")
        results = last.get("results", {})
        results[name] = part(name).merged(results.get(name), found) if name == "suite" else found
        done = [one for one in PARTS if one in results]
        write(
            "sbml",
            {one: results[one] for one in done},
            [t for one in done for t in part(one).tables(results[one])],
            peers=versions(("libRoadRunner", "COPASI")),
            parts={one: stamped(last, [name])[one] for one in done},
        )
        if name == "suite":
            part("support").write_page()


if __name__ == "__main__":
    main(sys.argv[1:])
