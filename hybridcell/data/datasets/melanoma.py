"""The melanoma drug screen on which CellBox was published."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hybridcell.data._labels import format_label
from hybridcell.data.datasets._fetch import RemoteFile, fetch
from hybridcell.data.perturbation_data import PerturbationData

if TYPE_CHECKING:
    from anndata import AnnData

_SOURCE = "https://raw.githubusercontent.com/sanderlab/CellBox/6bed6b941dad7c668f2f0d0daeb99ada2189b85d/data/"
_FILES = {
    name: RemoteFile(_SOURCE + name, sha256)
    for name, sha256 in {
        "expr.csv": "1989245afbfe4697ea4634a15fa8ba4ca61b3d89ba723e4fcc232aa20331f32f",
        "pert.csv": "e617bbde190d585f58e737484b66bcfceae13cbcf9d31fe967078bab0ef5ea57",
        "node_Index.csv": "50226e121a63462864c61e6aaed9cf401295f0f21e458515f7c389203c6b606a",
        "expr_index.txt": "9f262abb97bd60e80773c3819d1469e6dc263146f75e24133a8f3f945cf4f740",
    }.items()
}
_N_PROTEINS, _N_ACTIVITY = 82, 87
# The compound codes of expr_index.txt and the drug nodes they stand for.
_CODES = {
    "901": "aMEK",
    "AK": "aAKT",
    "HN": "aHDAC",
    "NT": "aMDM2",
    "P6": "aJAK",
    "PLX": "aBRAFm",
    "RO": "aPKC",
    "ST": "aSTAT3",
    "Tm": "amTOR",
    "ZS": "aPI3K",
    "RY": "aCDK4",
    "SR": "aSRC",
}


def melanoma() -> AnnData:
    """Load the SK-Mel-133 melanoma screen: 12 drugs alone and in pairs, 82 proteins and 5 phenotypes.

    89 conditions (23 single drugs, 66 pairs) x 99 readouts. Values are log ratios of treated to untreated
    cells, so the control is implied to be 0. The last 12 columns, of kind "drug", are not measured: they
    are the activity of the drug nodes, tanh(u) for all but aHDAC. `obsm["doses"]` holds the signed
    strengths u that CellBox reads (negative = inhibition); `obs["dose"]` the nominal doses, whose unit the
    source does not state.

    For nine of the twelve drugs u equals the response of one readout to the drug alone, so that a strength
    is not independent of the measurement. There are no replicates and no time points, and each drug has one
    or two strengths. The two nominal doses of aJAK alone have the same strength: to a model these two rows
    are one condition.

    Returns
    -------
    AnnData
        The screen, following the data contract.

    Raises
    ------
    DataError
        When the files are not in `$HYBRIDCELL_DATA/cellbox`, not in the cache and not to be downloaded, or
        when their SHA-256 is not the published one.

    References
    ----------
    Korkut A. et al., Perturbation biology nominates upstream-downstream drug combinations in RAF inhibitor
    resistant melanoma cells. eLife 4, e04640 (2015). doi:10.7554/eLife.04640

    Yuan B. et al., CellBox: interpretable machine learning for perturbation biology. Cell Systems 12, 128
    (2021). doi:10.1016/j.cels.2020.11.013

    Examples
    --------
    >>> import hybridcell as hc
    >>> adata = hc.datasets.melanoma()  # doctest: +SKIP
    >>> adata.shape  # doctest: +SKIP
    (89, 99)
    """
    paths = fetch("cellbox", _FILES)
    nodes = paths["node_Index.csv"].read_text(encoding="utf-8").split()
    values = np.loadtxt(paths["expr.csv"], delimiter=",")
    strengths = np.loadtxt(paths["pert.csv"], delimiter=",")[:, _N_ACTIVITY:]
    drugs = nodes[_N_ACTIVITY:]
    nominal = _nominal_doses(paths["expr_index.txt"])
    dose_labels = tuple("+".join(row[d] for d in drugs if d in row) for row in nominal)
    labels = [format_label(drugs, row) for row in strengths]
    return PerturbationData(
        values=values,
        readouts=tuple(nodes),
        kinds=_kinds(len(nodes)),
        conditions=tuple(f"{label}|{dose}" for label, dose in zip(labels, dose_labels)),
        perturbations=tuple(drugs),
        doses=strengths,
        input="strength",
        control="implied",
        dose_labels=dose_labels,
        provenance={
            "source": _SOURCE,
            "reference": "doi:10.7554/eLife.04640, doi:10.1016/j.cels.2020.11.013",
            "values": "log ratio, treated over untreated",
        },
    ).to_anndata()


def _kinds(n: int) -> tuple[str, ...]:
    phenotypes = _N_ACTIVITY - _N_PROTEINS
    return ("protein",) * _N_PROTEINS + ("phenotype",) * phenotypes + ("drug",) * (n - _N_ACTIVITY)


def _nominal_doses(path: Path) -> list[dict[str, str]]:
    """Read labels such as "901|1.5,HN|6" as {"aMEK": "1.5", "aHDAC": "6"}."""
    lines = path.read_text(encoding="utf-8").splitlines()
    pairs = [[part.split("|") for part in line.split()[0].split(",")] for line in lines if line.strip()]
    return [{_CODES[code]: dose for code, dose in row} for row in pairs]
