"""Reads damaged files in a process of its own, which may die: one line of standard output per case.

Run by `tests.fuzz.driver`: python -m tests.fuzz.worker FORMAT FIRST LAST FOLDER
"""

from __future__ import annotations

import resource
import signal
import sys
from pathlib import Path
from types import FrameType

from tests.fuzz.cases import Outcome, damaged, judge, prepare

#: What one file may cost.
SECONDS, BYTES = 1.0, 2**30


class Hang(BaseException):
    """The time of a file is over; no `except Exception` keeps it."""


def _too_long(_signal: int, _frame: FrameType | None) -> None:
    raise Hang


def main() -> None:
    """Read the cases FIRST to LAST of a format."""
    name, first, last, place = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])
    sound = place / "sound"
    files = prepare(name, sound)
    pages = int(Path("/proc/self/statm").read_text("utf-8").split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + BYTES,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGPROF, _too_long)
    for number in range(first, last):
        path = damaged(name, number, sound, files, place / "case")
        print(f"start\t{number}", flush=True)
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        try:
            outcome = judge(name, path)
        except Hang:
            outcome = Outcome("hang", f"more than {SECONDS:g} s")
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        detail = " ".join(outcome.detail.split())
        print(f"end\t{number}\t{outcome.kind}\t{detail}", flush=True)


if __name__ == "__main__":
    main()
