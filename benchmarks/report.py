"""Results of a benchmark: JSON for machines, a Markdown table for people, with date and kind of machine."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any, TypeAlias

HERE = Path(__file__).parent
RESULTS = HERE / "results"


def one_thread() -> None:
    """Hold the numerical libraries to one thread; call before they are imported."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = (
        "3"  # remarks on cached programs, which other processors may have made
    )
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"


def machine() -> dict[str, Any]:
    """Return what the figures were measured on and with."""
    import diffrax
    import jax
    import numpy as np

    import hybridcell as hc

    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {jax.default_backend()}, one thread",
        "processor": processor(),
        "python": platform.python_version(),
        "versions": {
            "hybridcell": hc.__version__,
            "jax": jax.__version__,
            "diffrax": diffrax.__version__,
            "numpy": np.__version__,
        },
    }


def processor() -> str:
    """Return the processor's name as the system gives it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text("utf-8", "replace").splitlines() if info.is_file() else []
    named = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or "unknown"


Table: TypeAlias = tuple[str, list[str], list[list[Any]]]


def write(name: str, results: dict[str, Any], tables: list[Table], command: str = "", **more: Any) -> None:
    """Write results/NAME.json and results/NAME.md, each wholly or not at all, and the page of all.

    More may be said: `peers`, for each peer of this benchmark which version ran or that it is not installed;
    `parts`, for each part of the results when and on what it was measured, where that was not now.
    """
    from hybridcell._core.files import write_text

    about = machine() | more
    peers = more.get("peers", {})
    write_text(RESULTS / f"{name}.json", json.dumps({**about, "results": results}, indent=1) + "\n")
    made = (
        f"Made by `{command or f'python benchmarks/{name}.py'}` on {about['date']}: {about['machine']}, "
        f"Python {about['python']}, " + ", ".join(f"{k} {v}" for k, v in about["versions"].items()) + "."
    )
    if peers:
        made += " Peers: " + ", ".join(f"{peer} {found}" for peer, found in peers.items()) + "."
    text = page(name, tables, made)
    write_text(RESULTS / f"{name}.md", text)
    print(text)
    subprocess.run([sys.executable, str(HERE / "overview.py")], check=True)


def last_run(name: str) -> dict[str, Any]:
    """Return what the last run of a benchmark wrote; nothing when it never ran."""
    path = RESULTS / f"{name}.json"
    return json.loads(path.read_text("utf-8")) if path.is_file() else {}


def stamped(last: dict[str, Any], ran: Sequence[str]) -> dict[str, Any]:
    """Return when and on what each part was measured: those that ran now, the others as they were."""
    about = ("date", "machine", "processor")
    stamps = {part: {key: last.get(key, "") for key in about} for part in last.get("results", {})}
    stamps |= last.get("parts", {})
    now = machine()
    return stamps | {part: {key: now[key] for key in about} for part in ran}


class NoDataError(Exception):
    """The data that a part measures on are not on this machine."""


def data_folder(*names: str) -> Path:
    """Return a folder of the data that are not in this repository; NoDataError where it is not there."""
    root = os.environ.get("HYBRIDCELL_DATA")
    folder = Path(root or "", *names)
    if not root or not folder.is_dir():
        raise NoDataError(f"set HYBRIDCELL_DATA to a folder that has {'/'.join(names) or 'the data sets'}.")
    return folder


def run_where_data_are(name: str, parts: Sequence[str], run: Callable[[str], Any]) -> dict[str, Any]:
    """Return what parts give, in their order; those that lack their data are left out with a word."""
    found = {}
    for part in parts:
        try:
            found[part] = run(part)
        except NoDataError as error:
            print(f"{name}, {part} is left out: {error}", flush=True)
    return found


def run_parts(name: str, package: str, parts: Sequence[str], *, peers: Sequence[str] = ()) -> None:
    """Run the parts that the command line asks for, keep the others' last results, and write all tables.

    A part is a module of `package` with ``run()`` and ``tables(results)``.
    """
    from peers.finding import versions

    parser = argparse.ArgumentParser()
    parser.add_argument("--parts", nargs="*", default=parts, choices=parts)
    wanted, last = parser.parse_args().parts, last_run(name)
    fresh = run_where_data_are(name, wanted, lambda part: import_module(f"{package}.{part}").run())
    if not fresh:
        return
    wanted, results = list(fresh), last.get("results", {}) | fresh
    shown = [part for part in parts if part in results]
    tables = [t for part in shown for t in import_module(f"{package}.{part}").tables(results[part])]
    stamps = stamped(last, wanted)
    more: dict[str, Any] = {"peers": versions(peers)} if peers else {}
    more["parts"] = {part: stamps[part] for part in shown}
    write(name, {part: results[part] for part in shown}, tables, **more)


def page(title: str, tables: list[Table], *paragraphs: str) -> str:
    """Return a Markdown page of tables."""
    lines = [f"# {title}"]
    for paragraph in paragraphs:
        lines += ["", paragraph]
    for heading, header, rows in tables:
        lines += ["", f"## {heading}", "", "| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
        lines += ["| " + " | ".join(show(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def show(cell: Any) -> str:
    """Return a table cell as text."""
    if isinstance(cell, float):
        return f"{cell:.4f}" if abs(cell) < 10 else f"{cell:.1f}"
    return str(cell)


class CpuClock:
    """CPU seconds of this process, in a with statement: ``with CpuClock() as clock: ...; clock.seconds``."""

    seconds = 0.0

    def __enter__(self) -> CpuClock:
        self._start = time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = time.process_time() - self._start
