"""From cells to conditions, a block of cells at a time: what is too large for memory stays on the disk."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float, Int

from hybridcell._core.errors import DataError, InvalidValueError, check_is_list, unknown_name
from hybridcell._core.progress import progress_bar
from hybridcell.data._cell_lines import lines_column, warn_of_mixed_lines
from hybridcell.data.h5ad import load_h5ad

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData

#: Numbers of a block of cells: 64 MB where they are stored densely.
_BLOCK = 8_000_000
#: Cells whose values differ by no more than this share of their mean agree.
_ALIKE = 1e-8


def average_cells(
    cells: AnnData | str | os.PathLike[str],
    *,
    by: Sequence[str] | str,
    layer: str | None = None,
    readouts: Sequence[str] | None = None,
    counts: bool | None = None,
    control: str | None = None,
    scale: float = 1e4,
    progress: bool | None = None,
) -> AnnData:
    """Average single cells of the same condition (pseudobulk), with the standard error of each mean.

    Cells are read in blocks, so that a file of millions of cells needs as much memory as one block.

    Parameters
    ----------
    cells : AnnData or path
        Cells x genes, also backed (`anndata.read_h5ad(path, backed="r")`), dense or sparse by rows. A path is
        opened backed, after the checks of `load_h5ad`.
    by : sequence of str
        Columns of obs that tell conditions apart, the perturbation first: ("perturbation", "cell_line").
        There is a warning where a condition averages cells of several cell lines ("cell_line", "cell_type").
    layer : str, optional
        Layer to average, such as "counts", where scanpy's preparation leaves these; X by default.
    readouts : sequence of str, optional
        Genes to keep; all by default.
    counts : bool, optional
        Whether these are counts, which are scaled to `scale` a cell and turned into log(1 + x). By default
        told from the first block: whole numbers are counts.
    control : str, optional
        Value of the first column of untreated cells. With it, the mean of the control that agrees in all
        other columns is taken away, as models want it. Columns in which controls say 0, doses, do not count.
    scale : float
        Counts of a cell after scaling.
    progress : bool, optional
        Show a progress bar.

    Returns
    -------
    AnnData
        One row for each condition, in order of first appearance: X, shape (conditions, genes), the means (of
        natural logarithms, where these were counts), or differences from the control; layers["sd"] their
        standard errors, by the variance of the gene within all conditions where a condition is a single cell
        or its cells all agree (left out where no two cells of any condition differ); obs the columns of `by`
        and `n_cells`; uns, where that is known, which logarithms they are, for networks made for these data.

    Raises
    ------
    UnknownNameError
        When obs has no such column, var no such gene, or there is no such layer or control.
    DataError
        When values are negative or not finite where counts are wanted, names are missing in a column, or a
        condition has no control with the same other columns.

    Examples
    --------
    >>> import anndata
    >>> import numpy as np
    >>> from hybridcell.data import average_cells
    >>> cells = anndata.AnnData(np.array([[0.0, 1.0], [0.0, 3.0], [2.0, 2.0]]))
    >>> cells.obs["gene"] = ["none", "none", "KLF1"]
    >>> average_cells(cells, by="gene", counts=False, control="none").X.tolist()
    [[0.0, 0.0], [2.0, 0.0]]
    """
    if isinstance(cells, str | os.PathLike):
        opened = load_h5ad(Path(cells), backed=True)
        try:
            return average_cells(
                opened,
                by=by,
                layer=layer,
                readouts=readouts,
                counts=counts,
                control=control,
                scale=scale,
                progress=progress,
            )
        finally:
            opened.file.close()
    columns = [by] if isinstance(by, str) else list(by)
    code, table = _conditions(cells, columns)
    lines = lines_column(cells.obs, without=columns)  # pyright: ignore[reportArgumentType]
    if lines is not None:
        wider = f"by={(*columns, lines)}"
        warn_of_mixed_lines(cells.obs[lines], code.tolist(), split=wider, stacklevel=2)  # pyright: ignore[reportArgumentType]
    genes, matrix = _genes(cells, readouts), _matrix(cells, layer)
    sums = _Sums(len(table), len(genes))
    rows = max(1, _BLOCK // max(cells.n_vars, 1))
    with progress_bar(total=cells.n_obs, description="averaging cells", show=progress) as bar:
        for first in range(0, cells.n_obs, rows):
            block = _dense(matrix[first : first + rows])
            if counts is None:
                counts = bool((block == np.round(block)).all())
            values = _logs(block, scale) if counts else block
            sums.add(code[first : first + rows], values[:, genes])
            bar.update(len(block))
    found = _result(cells, table, genes, sums, columns[0], control)
    if counts:
        found.uns["hybridcell"] = {"scale": "ln"}
    elif layer is None:
        _keep_scale(cells, found)
    return found


def _matrix(cells: Any, layer: str | None) -> Any:
    if layer is not None and layer not in cells.layers:
        raise unknown_name("layer", layer, [name for name in cells.layers if name is not None])
    matrix = cells.X if layer is None else cells.layers[layer]
    if matrix is None:
        raise DataError("The cells have no X; name the layer of their values with layer=.")
    return matrix


def _keep_scale(cells: Any, found: AnnData) -> None:
    """Say of averages what the cells say of their values: which logarithms these are."""
    stated = cells.uns.get("hybridcell", {}).get("scale")
    if stated is not None:
        found.uns["hybridcell"] = {"scale": stated}
    elif "log1p" in cells.uns:
        found.uns["log1p"] = cells.uns["log1p"]


def _conditions(cells: Any, columns: list[str]) -> tuple[Int[np.ndarray, " c"], pd.DataFrame]:
    """Return the condition of each cell, and the columns of each condition."""
    if not columns:
        raise InvalidValueError("by is empty; wanted the column of obs that holds the perturbation.")
    for column in columns:
        if column not in cells.obs.columns:
            raise unknown_name("column of obs", column, list(map(str, cells.obs.columns)))
        if cells.obs[column].isna().any():
            row = str(cells.obs_names[int(np.argmax(cells.obs[column].isna()))])
            raise DataError(
                f"Cell {row!r} has no {column!r}; wanted a value for every cell, or leave it out."
            )
    table = cells.obs[columns].astype(str).reset_index(drop=True)
    code = table.groupby(columns, sort=False, observed=True).ngroup().to_numpy()
    return code, table.drop_duplicates().reset_index(drop=True)


def _genes(cells: Any, readouts: Sequence[str] | None) -> Int[np.ndarray, " g"]:
    if readouts is None:
        return np.arange(cells.n_vars)
    position = {str(name): k for k, name in enumerate(cells.var_names)}
    check_is_list("readouts", readouts)
    for name in readouts:
        if name not in position:
            raise unknown_name("gene", name, list(position))
    return np.array([position[name] for name in readouts], dtype=int)


def _dense(block: Any) -> Float[np.ndarray, "c g"]:
    values = block.toarray() if hasattr(block, "toarray") else np.asarray(block)
    values = values.astype(float, copy=False)
    if not np.isfinite(values).all():
        raise DataError("The cells hold values that are not finite; wanted counts, or logarithms of them.")
    return values


def _logs(values: Float[np.ndarray, "c g"], scale: float) -> Float[np.ndarray, "c g"]:
    if (values < 0).any():
        raise DataError(
            "The cells hold negative values; counts are 0 or more. Give counts=False for logarithms."
        )
    total = values.sum(axis=1, keepdims=True)
    return np.log1p(values * (scale / np.where(total > 0, total, 1.0)))


class _Sums:
    """Number, mean and sum of squared deviations by condition, merged block by block (Chan et al. 1983)."""

    def __init__(self, n: int, genes: int) -> None:
        self.n = np.zeros(n)
        self.mean, self.squares = np.zeros((n, genes)), np.zeros((n, genes))

    def add(self, code: Int[np.ndarray, " c"], values: Float[np.ndarray, "c g"]) -> None:
        order = np.argsort(code, kind="stable")
        present, starts, sizes = np.unique(code[order], return_index=True, return_counts=True)
        values = values[order]
        mean = np.add.reduceat(values, starts, axis=0) / sizes[:, None]
        squares = np.add.reduceat((values - np.repeat(mean, sizes, axis=0)) ** 2, starts, axis=0)
        before, now = self.n[present, None], self.n[present, None] + sizes[:, None]
        shift = mean - self.mean[present]
        self.squares[present] += squares + shift**2 * before * sizes[:, None] / now
        self.mean[present] += shift * sizes[:, None] / now
        self.n[present] = now[:, 0]

    @property
    def errors(self) -> Float[np.ndarray, "n g"] | None:
        """Standard errors of the means; None where no two cells of any condition differ.

        A single cell, or cells that all agree (a gene that none of them shows), say nothing of how far their
        mean may be off: they get the variance of the gene within all conditions, and a gene that differs
        nowhere that of the others.
        """
        n = self.n[:, None]
        differ = self.squares > n * (_ALIKE * self.mean) ** 2
        squares = np.where(differ, self.squares, 0.0)
        within = squares.sum(axis=0) / max(float((n - 1).sum()), 1.0)
        if not within.any():
            return None
        usual = np.where(within > 0, within, within[within > 0].mean())
        return np.sqrt(np.where(differ, squares / np.maximum(n - 1, 1), usual) / n)


def _result(
    cells: Any,
    table: pd.DataFrame,
    genes: np.ndarray,
    sums: _Sums,
    perturbation: str,
    control: str | None,
) -> AnnData:
    import anndata

    mean, error = sums.mean, sums.errors
    own = None if control is None else _controls(table, perturbation, control)
    if own is not None:
        mean = mean - mean[own]
    if own is not None and error is not None:
        is_own = own == np.arange(len(own))
        error = np.where(is_own[:, None], error, np.hypot(error, error[own]))
    table = table.assign(n_cells=sums.n.astype(int))
    table.index = ["+".join(row) for row in table.drop(columns="n_cells").to_numpy()]
    found = anndata.AnnData(mean, obs=table, var=cells.var.iloc[genes].copy())
    if error is not None:
        found.layers["sd"] = error
    return found


def _is_nothing(dose: str, control: str) -> bool:
    try:
        return float(dose) == 0
    except ValueError:
        return dose == control


def _controls(table: pd.DataFrame, perturbation: str, control: str) -> Int[np.ndarray, " n"]:
    """Return for each condition the control with the same other columns, but for those of doses.

    A column of doses is one in which controls say 0, or the control's name.
    """
    is_control = (table[perturbation] == control).to_numpy()
    if not is_control.any():
        raise unknown_name(f"control in {perturbation!r}", control, list(dict.fromkeys(table[perturbation])))
    told = table.drop(columns=perturbation)
    told = told[
        [name for name in told if not all(_is_nothing(text, control) for text in told[name][is_control])]
    ]
    others = [tuple(row) for row in told.to_numpy()]
    place = {others[k]: k for k in np.flatnonzero(is_control)}
    for k, other in enumerate(others):
        if other not in place:
            where = ", ".join(f"{c}={v!r}" for c, v in zip(told.columns, other))
            raise DataError(
                f"{table[perturbation].iloc[k]!r} with {where} has no control with the same. Leave these "
                "cells out, or some columns of by."
            )
    return np.array([place[other] for other in others])
