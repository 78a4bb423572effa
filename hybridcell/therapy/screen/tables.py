"""A screen as tables: the grids of all combinations as a DataFrame, each condition once as an AnnData."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell.data import PerturbationData
from hybridcell.data._labels import CONTROL, format_doses, format_number
from hybridcell.therapy.screen.scoring import condition_columns, row_blocks

if TYPE_CHECKING:
    import anndata
    import pandas as pd

    from hybridcell.therapy.screen.combination_screen import CombinationScreen


#: Rows of one piece of a table.
_ROWS = 200_000


def combination_frame(
    screen: CombinationScreen, rows: np.ndarray, columns: dict[str, np.ndarray]
) -> pd.DataFrame:
    """Return one row per condition with two or more drugs: the drugs, their doses, and the columns."""
    import pandas as pd

    design = screen.design
    parts = design.parts(rows)
    names = np.array(design.drugs, dtype=object)
    drugs = [np.where(p > 0, names[design.single_drug[p]], "") for p in parts.T]
    doses = [np.abs(design.single_level[p]) for p in parts.T]
    return pd.DataFrame({**_labels(drugs, "drug"), **_labels(doses, "dose"), **columns})


def _labels(columns: list[Any], what: str) -> dict[str, Any]:
    return {f"{what}_{letter}": column for letter, column in zip("abc", columns)}


def table_pieces(screen: CombinationScreen) -> Iterator[pd.DataFrame]:
    """Yield the table of all grids in pieces: pairs with their doses of 0, then triples."""
    design = screen.design
    pending: list[int] = []
    size = 0
    for q, (a, b) in enumerate(design.pairs):
        pending.append(q)
        size += len(design.levels[a]) * len(design.levels[b])
        if size >= _ROWS or q == len(design.pairs) - 1:
            yield _pair_piece(screen, pending)
            pending, size = [], 0
    if design.order == 3:
        first, stop = design.span(3)
        for start in range(first, stop, _ROWS):
            rows = np.arange(start, min(start + _ROWS, stop))
            yield combination_frame(screen, rows, _columns_in_blocks(screen, rows))


def _pair_piece(screen: CombinationScreen, numbers: list[int]) -> pd.DataFrame:
    import pandas as pd

    design = screen.design
    grids = [design.grid(q) for q in numbers]
    sizes = [grid.size for grid in grids]
    names = np.array(design.drugs, dtype=object)
    first, second = np.array([design.pairs[q] for q in numbers]).T
    levels = [np.abs(level) for level in design.levels]
    drugs = [np.repeat(names[first], sizes), np.repeat(names[second], sizes)]
    doses = [
        np.concatenate([np.repeat(levels[a], len(levels[b])) for a, b in zip(first, second)]),
        np.concatenate([np.tile(levels[b], len(levels[a])) for a, b in zip(first, second)]),
    ]
    if design.order == 3:
        drugs.append(np.full(sum(sizes), "", dtype=object))
        doses.append(np.zeros(sum(sizes)))
    rows = np.concatenate([grid.ravel() for grid in grids])
    columns = _columns_in_blocks(screen, rows)
    return pd.DataFrame({**_labels(drugs, "drug"), **_labels(doses, "dose"), **columns})


def _columns_in_blocks(screen: CombinationScreen, rows: np.ndarray) -> dict[str, np.ndarray]:
    pieces = [condition_columns(screen, rows[block]) for block in row_blocks(screen, 0, len(rows))]
    return {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}


def screen_anndata(screen: CombinationScreen) -> anndata.AnnData:
    """Return one row per condition and the readout as the one column, after the data contract."""
    design = screen.design
    rows = np.arange(design.n_conditions)
    given = design.doses(rows)
    columns = _columns_in_blocks(screen, rows)
    data = PerturbationData(
        values=columns["response"][:, None],
        readouts=(screen.readout,),
        kinds=(screen.kind,),
        conditions=tuple(_name(design.drugs, row) for row in given),
        perturbations=design.drugs,
        doses=given,
        input=screen.input,
        control="measured",
        context=None if screen.context is None else (screen.context,) * len(rows),
        dose_labels=tuple(format_doses(np.abs(row)) for row in given),
        provenance={
            "source": "simulated by hybridcell.screen_combinations",
            "members": screen.n_members,
            "scale": screen.scale.scale,
            "better": screen.scale.better,
        },
    )
    adata = data.to_anndata()
    for name, values in columns.items():
        if name in ("response_lower", "response_upper"):
            adata.layers[name.removeprefix("response_")] = values[:, None]
        elif name != "response":
            adata.obs[name] = values
    adata.obs["residual"] = np.asarray(screen.residual)
    return adata


def _name(drugs: tuple[str, ...], given: Any) -> str:
    return " + ".join(f"{d} {format_number(abs(g))}" for d, g in zip(drugs, given) if g != 0) or CONTROL
