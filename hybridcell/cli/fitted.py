"""Fitted models in files, for the commands that use one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from hybridcell._core.errors import InvalidValueError

Fitted = Annotated[
    Path,
    typer.Argument(metavar="FIT", help="A .hc file with a fit, an ensemble or a model (hybridcell fit)."),
]


def load_fitted(path: Path) -> Any:
    """Return the fit, the ensemble or the model in a file.

    Raises
    ------
    FileFormatError
        When there is no such file, or it is no ``.hc`` file.
    InvalidValueError
        When it holds something else.
    """
    import hybridcell as hc
    from hybridcell._core.model import AbstractModel

    found = hc.load(path)
    if not isinstance(found, hc.Fit | hc.Ensemble | AbstractModel | hc.ReactionNetwork):
        raise InvalidValueError(
            f"{str(path)!r} holds a {type(found).__name__}; wanted a fit, an ensemble or a model, as "
            "'hybridcell fit DATA.h5ad -o fit.hc' writes."
        )
    return found


def check_suffix(path: Path, suffixes: tuple[str, ...]) -> None:
    """Refuse a file to write whose name has another ending, before any work is done for it."""
    if path.suffix.lower() not in suffixes:
        raise typer.BadParameter(f"{str(path)!r} should end in {', '.join(suffixes)}.", param_hint="--out")
    if os.path.isdir(path):
        raise typer.BadParameter(f"{str(path)!r} is a folder; wanted a file.", param_hint="--out")
