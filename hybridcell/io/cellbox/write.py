"""`hc.write_cellbox`: a screen or a network as files that the original program reads."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.model import AbstractModel
from hybridcell.io.cellbox.parameters import write_model
from hybridcell.io.cellbox.screen import write_screen
from hybridcell.mechanisms import CellBox


def write_cellbox(obj: Any, folder: str | os.PathLike[str]) -> list[Path]:
    """Write a screen or a network as files of the original CellBox program.

    Parameters
    ----------
    obj
        An AnnData or PerturbationData: ``expr.csv``, ``pert.csv``, ``node_Index.csv`` and ``config.json``.
        A CellBox: ``W.csv``, ``alpha.csv``, ``eps.csv`` (and ``psi.csv``) and ``config.json``.
    folder
        Made when it does not exist.

    Returns
    -------
    list of pathlib.Path
        The files written. Nodes are put in the original's order: proteins (and genes), phenotypes, drugs.

    Raises
    ------
    InvalidValueError
        If the object is neither; a hybrid's residual has no place in these files.
    DataError
        If a screen has several time points.

    Examples
    --------
    >>> import hybridcell as hc, tempfile
    >>> folder = tempfile.mkdtemp()
    >>> [path.name for path in hc.write_cellbox(hc.datasets.demo(seed=0), folder)]
    ['expr.csv', 'pert.csv', 'node_Index.csv', 'config.json']
    """
    folder = Path(folder)
    if isinstance(obj, CellBox):
        if obj.doses is not None:
            raise InvalidValueError(
                "The files of CellBox have no place for a dose layer. hc.save keeps it; here write the "
                "network before with_doses."
            )
        return write_model(obj, folder)
    if isinstance(obj, AbstractModel):
        raise InvalidValueError(
            f"The files of CellBox hold networks only; found {obj!r}. Write its mechanistic part, "
            "write_cellbox(model.mechanistic_only(), folder), or all of it with hc.save or hc.write_sbml."
        )
    if isinstance(best := getattr(obj, "best", None), AbstractModel):
        return write_cellbox(best, folder)
    return write_screen(obj, folder)
