"""A peer at work in a process of its own, so that it can run turn by turn with us."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

_SCRIPTS = Path(__file__).parent


class Worker:
    """A script of this folder in another interpreter: one job a line, one JSON line of results back.

    The script prints what it found while it got ready, in JSON; then, for each line "run" that it reads, it
    does the job once and prints a dictionary with "seconds", the CPU seconds of that.
    """

    def __init__(self, python: str, script: str, *arguments: str | os.PathLike[str]):
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        self._process = subprocess.Popen(
            [python, str(_SCRIPTS / script), *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **threads},
        )
        self.ready = self._answer()

    def run(self) -> float:
        """Do the job once; return its CPU seconds."""
        assert self._process.stdin is not None
        self._process.stdin.write("run\n")
        self._process.stdin.flush()
        return float(self._answer()["seconds"])

    def close(self) -> None:
        """End the process."""
        self._process.communicate()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self.close()
            status, command = self._process.returncode, self._process.args
            raise RuntimeError(f"The peer ended with exit status {status}: {command}")
        return json.loads(line)
