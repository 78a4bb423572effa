"""Files on which the HDF5 library itself goes astray are refused; sound and plainly damaged ones let pass."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import h5py
import pytest

from hybridcell._core import hdf5_check
from hybridcell._core.errors import FileFormatError
from hybridcell._core.hdf5_check import check_hdf5
from hybridcell._core.hdf5_walk import walk
from hybridcell.data import load_h5ad
from hybridcell.io.petab.arrays_hdf5 import read_array_files
from hybridcell.io.petab.errors import PetabError


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    path = tmp_path / "texts.h5"
    with h5py.File(path, "w") as file:
        file.attrs["kind"] = "text of variable length"
        group = file.create_group("group")
        group["again"] = file["/"]  # a circle, which is no damage
        group["texts"] = ["a", "bb", "ccc"]
        file["elsewhere"] = h5py.ExternalLink("nowhere.h5", "x")
    return path


@pytest.fixture
def endless(sound: Path) -> Path:
    """Return a file with a text in its heap that claims more than there is."""
    content = bytearray(sound.read_bytes())
    content[content.index(b"GCOL") + 24] = 0x80
    path = sound.with_name("endless.h5")
    path.write_bytes(content)
    return path


def test_a_sound_file_passes(sound: Path) -> None:
    check_hdf5(sound)
    walk(str(sound))


@pytest.mark.skipif(os.name != "posix", reason="elsewhere only the clock stops it, after minutes")
def test_a_file_that_the_library_never_finishes_is_refused(endless: Path) -> None:
    with pytest.raises(FileFormatError, match=r"'.*endless\.h5' is damaged so that reading it never ends"):
        check_hdf5(endless)
    with pytest.raises(FileFormatError, match=r"inside the HDF5 library. Wanted a sound HDF5 file"):
        load_h5ad(endless)
    with pytest.raises(PetabError, match=r"endless\.h5.*never ends"):
        read_array_files([endless])


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_a_process_that_dies_is_a_refusal(
    sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dying = tmp_path / "dying.py"
    dying.write_text("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n", encoding="utf-8")
    monkeypatch.setattr(hdf5_check, "_WALK", dying)
    with pytest.raises(FileFormatError, match=r"crashes the process \(status -11\)"):
        check_hdf5(sound)


def test_an_ordinary_error_is_left_to_the_reader(tmp_path: Path) -> None:
    path = tmp_path / "no.h5"
    path.write_bytes(b"no HDF5")
    check_hdf5(path)
    check_hdf5(tmp_path / "absent.h5")


def test_without_another_process_the_file_is_let_pass(sound: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for program in ("", str(sound.with_name("absent"))):
        monkeypatch.setattr(sys, "executable", program)
        check_hdf5(sound)
