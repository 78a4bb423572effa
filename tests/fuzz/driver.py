"""`make fuzz N=...`: damaged files of every format, read by workers that may die; exit 1 on findings."""

from __future__ import annotations

import argparse
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.report import write
from tests.fuzz.formats import FORMATS

ROOT = Path(__file__).resolve().parents[2]
#: Seconds of the clock without a word from a worker after which it hangs where Python cannot interrupt it.
PATIENCE = 120.0
_GOOD = ("read", "refused")


@dataclass
class Tally:
    """What became of the files of one format."""

    name: str
    counts: Counter[str] = field(default_factory=Counter)
    findings: dict[str, int] = field(default_factory=dict)

    def add(self, number: int, kind: str, detail: str) -> None:
        """Count one; of findings alike the first is kept."""
        self.counts[kind] += 1
        if kind not in _GOOD:
            self.findings.setdefault(f"{kind}: {detail}", number)


def fuzz(name: str, first: int, last: int) -> Tally:
    """Read the cases first to last of one format, with a new worker after each that died."""
    tally = Tally(name)
    while first < last:
        folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
        try:
            first = _until_death(tally, first, last, folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    return tally


def _until_death(tally: Tally, first: int, last: int, folder: Path) -> int:
    """Run one worker; return the number of the case that comes next."""
    command = [
        sys.executable,
        "-m",
        "tests.fuzz.worker",
        tally.name,
        str(first),
        str(last),
        str(folder / "w"),
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    with (
        (folder / "stderr").open("wb") as errors,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, encoding="utf-8", cwd=folder, env=environment
        ) as worker,
    ):
        lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=_listen, args=(worker, lines), daemon=True).start()
        running: int | None = None
        patience = 10 * PATIENCE  # imports and compiling come first
        while True:
            try:
                line = lines.get(timeout=patience)
            except queue.Empty:
                worker.kill()
                worker.wait()
                tally.add(first if running is None else running, "hang", f"killed after {PATIENCE:g} s")
                return (first if running is None else running) + 1
            if line is None:
                break
            patience = PATIENCE
            word, number, *rest = line.rstrip("\n").split("\t")
            if word == "start":
                running = int(number)
            elif word == "end":
                tally.add(int(number), rest[0], rest[1])
                first, running = int(number) + 1, None
                if first >= last:
                    worker.kill()  # how long it takes to leave on a busy machine is no finding
                    worker.wait()
                    return first
        worker.wait()
    if running is not None:
        tally.add(running, "crash", f"the process died (exit status {worker.returncode})")
        return running + 1
    if worker.returncode:
        text = (folder / "stderr").read_text("utf-8", "replace")
        raise RuntimeError(f"the worker of {tally.name!r} does not start:\n{text[-3000:]}")
    return first


def _listen(worker: subprocess.Popen[str], lines: queue.Queue[str | None]) -> None:
    assert worker.stdout is not None
    for line in worker.stdout:
        if line.startswith(("start\t", "end\t")):
            lines.put(line)
    lines.put(None)


def main() -> None:
    """Share N files among the formats."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("n", type=int, help="damaged files in all")
    parser.add_argument("--first", type=int, default=0, help="number of the first, to see others")
    parser.add_argument("--formats", nargs="*", default=list(FORMATS), choices=list(FORMATS))
    parser.add_argument("--write", action="store_true", help="write the table to benchmarks/results")
    options = parser.parse_args()
    each = max(1, -(-options.n // len(options.formats)))
    rows: list[list[Any]] = []
    findings: list[str] = []
    for name in options.formats:
        tally = fuzz(name, options.first, options.first + each)
        bad = sum(tally.counts.values()) - sum(tally.counts[kind] for kind in _GOOD)
        rows.append([name, each, tally.counts["read"], tally.counts["refused"], bad])
        print(*rows[-1], sep="  ", flush=True)
        for what, number in tally.findings.items():
            findings.append(f"{name}, case {number}: {what}")
            print(findings[-1], file=sys.stderr, flush=True)
    if options.write:
        table = ("Damaged files", ["format", "files", "read", "refused", "findings"], rows)
        results = {"first": options.first, "files": {row[0]: row[1:] for row in rows}, "findings": findings}
        command = f"python -m tests.fuzz.driver {options.n} --first {options.first} --write"
        write("fuzz", results, [table], command=command)
    sys.exit(1 if any(row[-1] for row in rows) else 0)


if __name__ == "__main__":
    main()
