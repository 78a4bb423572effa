"""Find the files of a data set: in $HYBRIDCELL_DATA, else in the cache, else by download; always by hash."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hybridcell._core.config import config
from hybridcell._core.errors import DataError


@dataclass(frozen=True)
class RemoteFile:
    """Where a file is published and what it must contain."""

    url: str
    sha256: str


def fetch(dataset: str, files: Mapping[str, RemoteFile]) -> dict[str, Path]:
    """Return the local path of each file of a data set.

    Parameters
    ----------
    dataset
        Folder name under `$HYBRIDCELL_DATA` and under the cache.
    files
        File name -> address and hash.

    Raises
    ------
    DataError
        When a local file has another hash, or a file is neither local nor to be had.
    """
    given = os.environ.get("HYBRIDCELL_DATA")
    paths = {}
    for name, remote in files.items():
        local = Path(given) / dataset / name if given else None
        if local is not None and local.is_file():
            paths[name] = _verified(local, remote)
        else:
            paths[name] = _cached(dataset, name, remote)
    return paths


def places_of(dataset: str) -> list[Path]:
    """Return the folders where a data set may be: under `$HYBRIDCELL_DATA`, and in the cache."""
    given = os.environ.get("HYBRIDCELL_DATA")
    return [*([Path(given) / dataset] if given else []), config.cache_dir / "data" / dataset]


def local_file(dataset: str, name: str, *, whose: str, source: str) -> Path:
    """Return the path of a file that is not downloaded; the error says `whose` it is and its `source`."""
    places = places_of(dataset)
    for place in places:
        if (place / name).is_file():
            return place / name
    raise DataError(
        f"{name} of {whose} is not here; looked in {' and '.join(map(str, places))}. Put it there, or set "
        f"HYBRIDCELL_DATA to the folder that holds {dataset}. {source}"
    )


def _verified(path: Path, remote: RemoteFile) -> Path:
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != remote.sha256:
        raise DataError(
            f"{path} is not the published file: its SHA-256 is {found}, wanted {remote.sha256}. Replace "
            "it by "
            f"{remote.url}, or unset HYBRIDCELL_DATA to download it."
        )
    return path


def _cached(dataset: str, name: str, remote: RemoteFile) -> Path:
    import pooch

    folder = config.cache_dir / "data" / dataset
    try:
        path = pooch.retrieve(remote.url, known_hash=f"sha256:{remote.sha256}", fname=name, path=folder)
    except (OSError, ValueError) as error:
        # pooch and requests raise these for an unreachable host, a missing page and a wrong hash.
        raise DataError(
            f"The file {name!r} of the data set {dataset!r} is not here and could not be downloaded from "
            f"{remote.url}: "
            f"{error}. Put it into $HYBRIDCELL_DATA/{dataset}/ or into {folder}."
        ) from error
    return Path(path)
