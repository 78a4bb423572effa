from __future__ import annotations

import errno
import os
import stat

import pytest

from hybridcell._core.errors import FileWriteError, InvalidValueError
from hybridcell._core.files import replacing, write_text


def test_a_file_appears_whole_under_its_name_alone(tmp_path):
    target = tmp_path / "new" / "folder" / "table.csv"
    assert write_text(target, "a,b\n1,µ\n") == target
    assert target.read_bytes() == "a,b\n1,µ\n".encode()
    assert os.listdir(target.parent) == ["table.csv"]


def test_the_temporary_name_keeps_folder_and_suffix(tmp_path):
    with replacing(tmp_path / "net.graphml") as temporary:
        assert temporary.parent == tmp_path
        assert temporary.suffix == ".graphml"
        assert not (tmp_path / "net.graphml").exists()
        temporary.write_text("x")
    assert (tmp_path / "net.graphml").read_text("utf-8") == "x"


def _write_half(path, error):
    with replacing(path) as temporary:
        temporary.write_text("<sbml")
        raise error


class _Stop(BaseException):
    """Stands for Ctrl-C."""


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, _Stop])
def test_an_exception_leaves_nothing_half_written(tmp_path, error):
    with pytest.raises(error):
        _write_half(tmp_path / "model.xml", error)
    assert os.listdir(tmp_path) == []


def test_an_exception_leaves_the_old_file(tmp_path):
    target = write_text(tmp_path / "model.xml", "old")
    with pytest.raises(ValueError, match="no luck"):
        _write_half(target, ValueError("no luck"))
    assert target.read_text("utf-8") == "old"
    assert os.listdir(tmp_path) == ["model.xml"]


def test_an_old_file_is_replaced(tmp_path):
    target = write_text(tmp_path / "a.txt", "a much longer text than the new one")
    write_text(target, "short")
    assert target.read_text("utf-8") == "short"


@pytest.mark.skipif(os.name == "nt", reason="permissions are POSIX")
def test_a_result_is_as_shared_as_other_files(tmp_path):
    (tmp_path / "plain").touch()
    ours = write_text(tmp_path / "ours", "x")
    assert stat.S_IMODE(ours.stat().st_mode) == stat.S_IMODE((tmp_path / "plain").stat().st_mode)


def test_a_folder_is_refused_before_any_work(tmp_path):
    reached = []
    with (
        pytest.raises(InvalidValueError, match="is a folder; wanted the name of a file"),
        replacing(tmp_path),
    ):
        reached.append("body")
    assert not reached
    assert os.listdir(tmp_path) == []


def test_line_ends_are_the_same_everywhere(tmp_path):
    assert b"\r" not in write_text(tmp_path / "a.txt", "one\ntwo\n").read_bytes()


@pytest.mark.parametrize(
    ("number", "hint"),
    [
        (errno.ENOSPC, "Free space"),
        (errno.EROFS, "read-only; choose another"),
        (errno.EACCES, "folder of your own"),
        (errno.EIO, "another folder"),
    ],
)
def test_a_disk_that_refuses_leaves_the_old_file(tmp_path, number, hint):
    target = write_text(tmp_path / "table.csv", "old")
    with pytest.raises(FileWriteError, match=rf"table.csv' cannot be written: .*{hint}.* Nothing was"):
        _write_half(target, OSError(number, os.strerror(number)))
    assert target.read_text("utf-8") == "old"
    assert os.listdir(tmp_path) == ["table.csv"]


def test_a_full_disk_is_an_error_of_ours(tmp_path):
    if not os.path.exists("/dev/full"):
        pytest.skip("this system has no /dev/full")

    def fill() -> None:
        with replacing(tmp_path / "x") as temporary:
            temporary.unlink()
            temporary.symlink_to("/dev/full")
            temporary.write_text("x" * 100_000)

    with pytest.raises(FileWriteError, match="Free space"):
        fill()
    assert not os.listdir(tmp_path)
