"""SBML in: which models are computed right, how exactly, and how fast, beside libRoadRunner and COPASI.

Run: python benchmarks/sbml.py [--parts suite biomodels speed accuracy] [--only what to try]
    suite                      --only [numpy jax libRoadRunner COPASI] [N]: programs, N cases spread over all
    biomodels speed accuracy   --only 9 28 ...: numbers of BioModels
A part that is tried on fewer cases or models prints its tables and leaves the results alone; programs that
run the whole suite take their place beside those that ran before. The suite also writes
docs/reference/sbml-support.md.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

from peers.finding import versions
from report import last_run, one_thread, page, run_where_data_are, stamped, write

one_thread()

PARTS = ("suite", "biomodels", "speed", "accuracy")


def part(name: str) -> Any:
    """Return the module of a part: it has run(arguments) and tables(results)."""
    from importlib import import_module

    return import_module(f"sbml_parts.{name}")


def keep(name: str, found: dict[str, Any]) -> None:
    """Write the results of a part, and the tables of all."""
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


def main(arguments: list[str]) -> None:
    """Run the parts asked for and write the tables of all."""
    if arguments and arguments[0] == "suite-worker":
        part("suite").work(arguments[1], arguments[2], arguments[3:])
        return
    parser = argparse.ArgumentParser()
    parser.add_argument("--parts", nargs="*", default=PARTS, choices=PARTS)
    parser.add_argument("--only", nargs="*", default=[], help="what to try: see above")
    options = parser.parse_args(arguments)
    for name in options.parts:
        found = run_where_data_are("sbml", [name], lambda name: part(name).run(options.only))
        if name in found and any(word.isdigit() for word in options.only):
            print(page("a try", part(name).tables(found[name])))
        elif name in found:
            keep(name, found[name])


if __name__ == "__main__":
    main(sys.argv[1:])
