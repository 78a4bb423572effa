"""Results of a benchmark: JSON for machines, a Markdown table for people, with date and kind of machine."""

from __future__ import annotations

import json
import os
import platform
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

RESULTS = Path(__file__).parent / "results"


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
        "python": platform.python_version(),
        "versions": {
            "hybridcell": hc.__version__,
            "jax": jax.__version__,
            "diffrax": diffrax.__version__,
            "numpy": np.__version__,
        },
    }


Table: TypeAlias = tuple[str, list[str], list[list[Any]]]


def write(name: str, results: dict[str, Any], tables: list[Table], command: str = "") -> None:
    """Write results/NAME.json and results/NAME.md, each wholly or not at all; say which command made them."""
    from hybridcell._core.files import write_text

    about = machine()
    write_text(RESULTS / f"{name}.json", json.dumps({**about, "results": results}, indent=1) + "\n")
    made = (
        f"Made by `{command or f'python benchmarks/{name}.py'}` on {about['date']}: {about['machine']}, "
        f"Python {about['python']}, " + ", ".join(f"{k} {v}" for k, v in about["versions"].items()) + "."
    )
    text = page(name, tables, made)
    write_text(RESULTS / f"{name}.md", text)
    print(text)


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
