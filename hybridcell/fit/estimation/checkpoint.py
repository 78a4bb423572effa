"""Checkpoints of an estimation: runs that ended, and the arrays of those on their way."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path

import numpy as np

from hybridcell._core.errors import FileFormatError
from hybridcell._core.files import replacing
from hybridcell.fit.estimation.run import HISTORY, Run

_VERSION = 2


def write(
    path: str | os.PathLike[str],
    *,
    marks: dict[str, str],
    starts: dict[str, np.ndarray],
    runs: dict[int, Run],
    crew: dict[str, np.ndarray],
) -> None:
    """Write where an estimation is, wholly or not at all."""
    done = [runs[i] for i in sorted(runs)]
    header = {
        "version": _VERSION,
        "marks": marks,
        "starts": [run.start for run in done],
        "reasons": [run.reason for run in done],
        "lengths": [len(run.history) for run in done],
    }
    q = starts["thetas"].shape[1]
    arrays = {
        "header": np.asarray(json.dumps(header)),
        "run_theta0": np.array([run.theta0 for run in done]).reshape(-1, q),
        "run_theta": np.array([run.theta for run in done]).reshape(-1, q),
        "run_value": np.array([run.value for run in done], dtype=float),
        "run_history": np.concatenate([np.zeros((0, len(HISTORY))), *(run.history for run in done)]),
        **{f"start_{name}": array for name, array in starts.items()},
        **{f"crew_{name}": array for name, array in crew.items()},
    }
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez(file, **arrays)  # pyright: ignore[reportArgumentType]


def read(
    path: str | os.PathLike[str], *, marks: dict[str, str]
) -> tuple[dict[str, np.ndarray], dict[int, Run], dict[str, np.ndarray]] | None:
    """Return (starts, runs, crew), or None when there is no file.

    Raises
    ------
    FileFormatError
        If the file is no checkpoint, or one of another estimation; the message says what differs.
    """
    path = Path(path)
    if not path.exists():
        return None
    try:
        # opened here, because np.load leaves a file open that it cannot read
        with path.open("rb") as handle, np.load(handle, allow_pickle=False) as file:
            header = json.loads(str(file["header"]))
            found = dict(header["marks"])
            differ = [name for name in marks if found.get(name) != marks[name]]
            if header["version"] != _VERSION or differ:
                what = ", ".join(differ) or "the version of the file"
                raise FileFormatError(
                    f"The checkpoint {str(path)!r} belongs to another estimation; what differs: {what}. "
                    "Delete it, or give this estimation another checkpoint path."
                )
            ends = np.cumsum(header["lengths"])[:-1].astype(int)
            histories = np.split(file["run_history"], ends) if header["lengths"] else []
            columns = (file["run_theta0"], file["run_theta"], file["run_value"], histories, header["reasons"])
            runs = {
                i: Run(start=i, theta0=a, theta=b, value=float(value), history=history, reason=reason)
                for i, a, b, value, history, reason in zip(header["starts"], *columns, strict=True)
            }
            parts = {
                kind: {n.removeprefix(kind): file[n] for n in file.files if n.startswith(kind)}
                for kind in ("start_", "crew_")
            }
            return parts["start_"], runs, parts["crew_"]
    except FileFormatError:
        raise
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise FileFormatError(f"{str(path)!r} is no checkpoint of an estimation: {error}.") from error
