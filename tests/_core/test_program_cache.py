"""Programs half written by a process that was killed are taken away; whole ones and others' stay."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from hybridcell._core.program_cache import remove_torn_programs

WHOLE = zlib.compress(os.urandom(5000))
pytestmark = pytest.mark.skipif(os.name != "posix", reason="marks are left on POSIX systems only")


def _dead_process() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "writers").mkdir()
    (tmp_path / "jit_whole-1-cache").write_bytes(WHOLE)
    (tmp_path / "jit_torn-2-cache").write_bytes(WHOLE[:3000])
    (tmp_path / "jit_empty-3-cache").write_bytes(b"")
    return tmp_path


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*-cache"))


def test_what_a_dead_process_tore_goes_and_the_rest_stays(folder: Path) -> None:
    mark = folder / "writers" / f"{socket.gethostname()}-{_dead_process()}"
    mark.touch()
    assert sorted(remove_torn_programs(folder)) == ["jit_empty-3-cache", "jit_torn-2-cache"]
    assert _names(folder) == ["jit_whole-1-cache"]
    assert not mark.exists()
    assert remove_torn_programs(folder) == []


@pytest.mark.parametrize("whose", ["living", "of another machine", "no number"])
def test_while_its_writer_may_live_nothing_is_touched(folder: Path, whose: str) -> None:
    name = {
        "living": f"{socket.gethostname()}-{os.getpid()}",
        "of another machine": f"another-{socket.gethostname()}-{_dead_process()}",
        "no number": f"{socket.gethostname()}-x",
    }[whose]
    (folder / "writers" / name).touch()
    assert remove_torn_programs(folder) == []
    assert len(_names(folder)) == 3
    assert (folder / "writers" / name).exists()


def test_what_is_older_than_the_process_is_not_read_again(folder: Path) -> None:
    for path in folder.glob("*-cache"):
        os.utime(path, (1e9, 1e9))
    (folder / "writers" / f"{socket.gethostname()}-{_dead_process()}").touch()
    assert remove_torn_programs(folder) == []


def test_a_killed_process_leaves_a_mark_and_the_next_mends(tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if k != "JAX_COMPILATION_CACHE_DIR"}
    environment["HYBRIDCELL_CACHE"] = str(tmp_path)
    killed = (
        "import os, signal, pathlib, hybridcell as hc;"
        "(hc.config.cache_dir / 'xla' / 'jit_f-0-cache').write_bytes(b'half');"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", killed], env=environment, check=False)
    assert done.returncode < 0
    assert len(list((tmp_path / "xla" / "writers").iterdir())) == 1
    subprocess.run([sys.executable, "-c", "import hybridcell"], env=environment, check=True)
    assert not (tmp_path / "xla" / "jit_f-0-cache").exists()
    assert list((tmp_path / "xla" / "writers").iterdir()) == []
