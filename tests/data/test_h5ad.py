"""Files that point elsewhere or claim what they do not hold are refused before they are read."""

from __future__ import annotations

from pathlib import Path

import anndata
import h5py
import numpy as np
import pytest

from hybridcell._core.errors import FileFormatError
from hybridcell.data import load_h5ad


@pytest.fixture
def path(tmp_path: Path) -> Path:
    place = tmp_path / "screen.h5ad"
    anndata.AnnData(np.arange(6.0).reshape(2, 3)).write_h5ad(place)
    return place


def test_what_anndata_wrote_is_read(path: Path) -> None:
    assert load_h5ad(path).X.tolist() == [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]


def test_compressed_zeros_are_read(tmp_path: Path) -> None:
    place = tmp_path / "zeros.h5ad"
    anndata.AnnData(np.zeros((1000, 1000))).write_h5ad(place, compression="gzip", compression_opts=9)
    assert load_h5ad(place).shape == (1000, 1000)


def test_a_link_to_another_file_is_refused(path: Path, tmp_path: Path) -> None:
    with h5py.File(tmp_path / "secret.h5", "w") as other:
        other["numbers"] = np.ones((2, 3))
    with h5py.File(path, "a") as file:
        del file["X"]
        file["X"] = h5py.ExternalLink(str(tmp_path / "secret.h5"), "numbers")
    with pytest.raises(FileFormatError, match=r"'/X' is a link to something else"):
        load_h5ad(path)


def test_numbers_in_another_file_are_refused(path: Path, tmp_path: Path) -> None:
    (tmp_path / "raw.bin").write_bytes(bytes(48))
    with h5py.File(path, "a") as file:
        del file["X"]
        file.create_dataset("X", (2, 3), "f8", external=[(str(tmp_path / "raw.bin"), 0, 48)])
    with pytest.raises(FileFormatError, match="in another file"):
        load_h5ad(path)


def test_a_claim_without_bytes_is_refused(path: Path) -> None:
    with h5py.File(path, "a") as file:
        del file["X"]
        file.create_dataset("X", (10**7, 10**6), "f8", chunks=(1000, 1000))
    with pytest.raises(FileFormatError, match=r"claims 80,000,000,000,000 bytes that the file does not hold"):
        load_h5ad(path)


def test_more_than_is_allowed_is_refused(path: Path) -> None:
    with pytest.raises(FileFormatError, match="more than max_bytes=10"):
        load_h5ad(path, max_bytes=10)


def test_a_circle_of_groups_is_refused(path: Path) -> None:
    with h5py.File(path, "a") as file:
        file["uns"]["again"] = file["uns"]
    with pytest.raises(FileFormatError, match="there twice"):
        load_h5ad(path)


@pytest.mark.parametrize("content", [b"", b"no HDF5", b"\x89HDF\r\n\x1a\n"])
def test_damage_is_one_error(tmp_path: Path, content: bytes) -> None:
    place = tmp_path / "broken.h5ad"
    place.write_bytes(content)
    with pytest.raises(FileFormatError, match="cannot be read as AnnData"):
        load_h5ad(place)
    with pytest.raises(FileFormatError, match="no file"):
        load_h5ad(tmp_path / "absent.h5ad")
