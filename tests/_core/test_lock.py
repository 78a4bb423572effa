"""One writer at a time, and a dead one holds nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hybridcell._core.errors import FileWriteError, InUseError
from hybridcell._core.lock import only_writer

HOLD = """
import sys, time
from hybridcell._core.lock import only_writer
with only_writer(sys.argv[1]):
    print("held", flush=True)
    time.sleep(60)
"""


def test_the_second_is_refused_and_told_by_whom(tmp_path: Path) -> None:
    with (
        only_writer(tmp_path / "fit.ckpt"),
        pytest.raises(InUseError, match=f"being written by another call in this process .{os.getpid()}"),
        only_writer(tmp_path / "fit.ckpt"),
    ):
        raise AssertionError
    with only_writer(tmp_path / "fit.ckpt"):
        assert os.listdir(tmp_path) == ["fit.ckpt.lock"]
    assert not os.listdir(tmp_path)


def test_an_error_lets_go(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), only_writer(tmp_path / "x"):
        raise ZeroDivisionError
    with only_writer(tmp_path / "x"):
        pass


def test_a_killed_process_holds_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path / "x")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(InUseError, match=f"process {other.pid} "), only_writer(tmp_path / "x"):
            pass
        other.send_signal(signal.SIGKILL)
        other.wait()
    assert (tmp_path / "x.lock").exists()
    with only_writer(tmp_path / "x"):
        pass
    assert not (tmp_path / "x.lock").exists()


def test_a_folder_that_takes_nothing_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FileWriteError, match="cannot be written"), only_writer(tmp_path / "file" / "x"):
        pass
