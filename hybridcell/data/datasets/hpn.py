"""Phosphoprotein time courses of the HPN-DREAM challenge."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell._core.errors import FileFormatError, check_choice
from hybridcell.data.datasets._fetch import local_file
from hybridcell.data.datasets._tsv import text_of
from hybridcell.data.datasets.midas import midas_screen

if TYPE_CHECKING:
    from anndata import AnnData

_FOLDER = "hpn_dream8"
_FILES = {
    "insilico": "MD_insilico.csv",
    "BT20": "MD-BT20_main.csv",
    "BT549": "MD-BT549_main.csv",
    "MCF7": "MD-MCF7_main.csv",
    "UACC812": "MD-UACC812_main.csv",
}
_TRUTH = "TrueGraph_insilico.csv"
_REFERENCE = "doi:10.1038/nmeth.3773"


def hpn_dream8(name: str = "insilico") -> AnnData:
    """Load a data set of the HPN-DREAM challenge: signaling after stimuli, under kinase inhibitors.

    Parameters
    ----------
    name
        "insilico" (20 simulated antibodies, 3 replicates, 11 times), or a breast cancer cell line: "BT20",
        "BT549", "MCF7", "UACC812" (reverse-phase protein arrays, 7 times).

    Returns
    -------
    AnnData
        As from `hybridcell.data.datasets.midas`; times in minutes. Buffer alone ("PBS") counts as nothing
        given. Time 0 was measured once per inhibitor; the files of the cell lines repeat it for every
        stimulus. The in silico set carries its true edges (see `hybridcell.data.truth_edges`), without signs.

    Raises
    ------
    DataError
        When the file is not on this computer.
    InvalidValueError
        When there is no data set of this name.

    References
    ----------
    Hill S. M. et al., Inferring causal molecular networks: empirical assessment through a community-based
    effort. Nature Methods 13, 310 (2016). doi:10.1038/nmeth.3773

    Examples
    --------
    >>> import hybridcell as hc
    >>> adata = hc.datasets.hpn_dream8("insilico")  # doctest: +SKIP
    >>> adata.shape  # doctest: +SKIP
    (660, 20)
    """
    check_choice("name", name, _FILES)
    provenance = {"source": f"HPN-DREAM, {name}", "reference": _REFERENCE, "time": "minutes"}
    path = _file(_FILES[name])
    adata = midas_screen(path, provenance=provenance, nothing=("PBS",))
    truth = path.with_name(_TRUTH)
    if name == "insilico" and os.path.isfile(truth):
        adata.uns["hybridcell"]["truth"] = _true_graph(truth, list(map(str, adata.var_names)))
    return adata


def _file(name: str) -> Path:
    return local_file(_FOLDER, name, whose="the HPN-DREAM challenge", source="The package dreamtools has it.")


def _true_graph(path: Path, nodes: list[str]) -> Mapping[str, Any]:
    """Return the edges of a 0/1 matrix [source, target] without names; the diagonal is not read."""
    rows = [line.split(",") for line in text_of(path).splitlines() if line.strip()]
    n = len(nodes)
    if len(rows) != n or any(len(row) != n for row in rows):
        raise FileFormatError(f"{path} has {len(rows)} rows; wanted a table of {n} x {n}.")
    cells = {(i, j): rows[i][j].strip() for i in range(n) for j in range(n) if i != j}
    for (i, j), cell in cells.items():
        if cell not in ("0", "1"):
            raise FileFormatError(f"{path}, line {i + 1}, column {j + 1}: {cell!r}; wanted 0 or 1.")
    edges = [pair for pair, cell in cells.items() if cell == "1"]
    return {
        "network": "HPN-DREAM in silico",
        "source": [nodes[i] for i, _ in edges],
        "target": [nodes[j] for _, j in edges],
        "weight": np.full(len(edges), np.nan).tolist(),
        "nodes": nodes,
    }
