"""`make chaos`: jobs killed at random moments and started again; exit 1 where one ends with other bits."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.report import write
from tests.chaos.jobs import JOBS

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Attempt:
    """One process of a job: seconds from "begin" to its end, pieces of work done, digest where it ended."""

    seconds: float
    work: int
    digest: str | None


@dataclass
class Tally:
    """What became of one job's kills."""

    name: str
    kills: int = 0
    alike: int = 0
    failed: int = 0
    most_repeated: int = 0


def attempt(job: str, folder: Path, kill_after: float | None = None) -> Attempt:
    """Run a job; kill it some seconds after it began."""
    command = [sys.executable, "-m", "tests.chaos.jobs", job, str(folder)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    work, digest, begun = 0, None, time.monotonic()
    with (
        (folder.parent / "stderr").open("ab") as errors,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, encoding="utf-8", cwd=folder, env=environment
        ) as process,
    ):
        assert process.stdout is not None
        for line in process.stdout:
            word, *rest = line.split()
            if word == "begin":
                begun = time.monotonic()
                if kill_after is not None:
                    timer = threading.Timer(kill_after, process.send_signal, [signal.SIGKILL])
                    timer.daemon = True
                    timer.start()
            work += word == "work"
            if word == "end":
                digest = rest[0]
        process.wait()
        if process.returncode not in (0, -signal.SIGKILL):
            text = (folder.parent / "stderr").read_text("utf-8", "replace")
            raise RuntimeError(f"{job} failed with status {process.returncode}:\n{text[-3000:]}")
    return Attempt(time.monotonic() - begun, work, digest)


def chaos(job: str, n: int, seed: int) -> Tally:
    """Kill a job n times, one to three times on its way to the end, and compare what comes out."""
    tally, random = Tally(job), Random(f"{job} {seed}")
    whole = _in_fresh_folder(job, [])[-1]  # compiles what all compile
    whole = _in_fresh_folder(job, [])[-1]
    while tally.kills < n:
        in_a_row = min(random.choice((1, 1, 2, 3)), n - tally.kills)
        times = [random.uniform(0, whole.seconds) for _ in range(in_a_row)]
        tally.kills += len(times)
        try:
            attempts = _in_fresh_folder(job, times)
        except RuntimeError as error:
            print(error, file=sys.stderr)
            tally.failed += len(times)
            continue
        tally.alike += len(times) * (attempts[-1].digest == whole.digest)
        killed = sum(one.digest is None for one in attempts)
        # what was being done when the kill came, and was not kept yet, is done again
        repeated = sum(one.work for one in attempts) - whole.work
        tally.most_repeated = max(tally.most_repeated, -(-repeated // max(killed, 1)))
    return tally


def _in_fresh_folder(job: str, times: list[float]) -> list[Attempt]:
    place = Path(tempfile.mkdtemp(prefix="chaos-"))
    (place / "run").mkdir()
    try:
        return [attempt(job, place / "run", seconds) for seconds in (*times, None)]
    finally:
        shutil.rmtree(place, ignore_errors=True)


def main() -> None:
    """Share N kills among the jobs, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("n", type=int, help="kills in all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", nargs="*", default=list(JOBS), choices=list(JOBS))
    parser.add_argument("--write", action="store_true", help="write the table to benchmarks/results")
    options = parser.parse_args()
    each = -(-options.n // len(options.jobs))
    header = ["job", "kills", "ended with the same bits", "most pieces done twice per kill", "failed"]
    rows: list[list[Any]] = []
    for job in options.jobs:
        tally = chaos(job, each, options.seed)
        rows.append([job, tally.kills, tally.alike, tally.most_repeated, tally.failed])
        print(*rows[-1], sep="  ", flush=True)
    if options.write:
        results = {"jobs": [dict(zip(header, row, strict=True)) for row in rows]}
        write("chaos", results, [("Kills", header, rows)], command=f"make chaos KILLS={options.n}")
    sys.exit(0 if all(row[1] == row[2] for row in rows) else 1)


if __name__ == "__main__":
    main()
