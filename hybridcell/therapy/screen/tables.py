"""A screen as tables: all conditions of all pairs as a DataFrame, each condition once as an AnnData."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell.data import PerturbationData
from hybridcell.data._labels import CONTROL, format_doses, format_number
from hybridcell.therapy.screen.scores import EXCESSES, SCORES

if TYPE_CHECKING:
    import anndata
    import pandas as pd

    from hybridcell.therapy.screen.combination_screen import CombinationScreen


def condition_columns(screen: CombinationScreen) -> dict[str, np.ndarray]:
    """Return the columns that describe each of the K conditions.

    Means over the members; with several members also their spread and the shares with an excess above 0.
    """
    columns = {score: screen.summary(score).mean for score in SCORES}
    if screen.n_members > 1:
        for score in SCORES:
            columns[f"{score}_lower"] = screen.summary(score).lower
            columns[f"{score}_upper"] = screen.summary(score).upper
        for score in EXCESSES:
            columns[f"{score}_probability"] = screen.summary(score).positive
    columns["success"] = screen.settled
    return columns


def pair_frame(screen: CombinationScreen, columns: dict[str, np.ndarray] | None = None) -> pd.DataFrame:
    """Return one row per pair and dose combination, those at dose 0 included."""
    import pandas as pd

    design = screen.design
    columns = condition_columns(screen) if columns is None else columns
    grids = [design.grid(q) for q in range(len(design.pairs))]
    sizes = [grid.size for grid in grids]
    rows = np.concatenate([grid.ravel() for grid in grids])
    names = np.array(design.drugs, dtype=object)
    first, second = np.array(design.pairs).T
    doses = [
        np.meshgrid(np.abs(design.levels[a]), np.abs(design.levels[b]), indexing="ij")
        for a, b in design.pairs
    ]
    frame = {
        "drug_a": np.repeat(names[first], sizes),
        "drug_b": np.repeat(names[second], sizes),
        "dose_a": np.concatenate([a.ravel() for a, _ in doses]),
        "dose_b": np.concatenate([b.ravel() for _, b in doses]),
    }
    return pd.DataFrame({**frame, **{name: values[rows] for name, values in columns.items()}})


def screen_anndata(screen: CombinationScreen) -> anndata.AnnData:
    """Return one row per condition and the readout as the one column, after the data contract."""
    design = screen.design
    rows = np.arange(design.n_conditions)
    given = design.doses(rows)
    data = PerturbationData(
        values=screen.summary("response").mean[:, None],
        readouts=(screen.readout,),
        kinds=(screen.kind,),
        conditions=tuple(_name(design.drugs, row) for row in given),
        perturbations=design.drugs,
        doses=given,
        input=screen.input,
        control="measured",
        dose_labels=tuple(format_doses(np.abs(row)) for row in given),
        provenance={
            "source": "simulated by hybridcell.screen_combinations",
            "members": screen.n_members,
            "scale": screen.scale.scale,
            "better": screen.scale.better,
        },
    )
    adata = data.to_anndata()
    for name, values in condition_columns(screen).items():
        if name in ("response_lower", "response_upper"):
            adata.layers[name.removeprefix("response_")] = values[:, None]
        elif name != "response":
            adata.obs[name] = values
    adata.obs["residual"] = screen.residual
    return adata


def _name(drugs: tuple[str, ...], given: Any) -> str:
    return " + ".join(f"{d} {format_number(abs(g))}" for d, g in zip(drugs, given) if g != 0) or CONTROL
