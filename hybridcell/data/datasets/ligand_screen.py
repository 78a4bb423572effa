"""Transcription factor activities of macrophages under ligands, and the signed network between the two."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hybridcell._core.errors import DataError, FileFormatError
from hybridcell.data.datasets._fetch import local_file
from hybridcell.data.perturbation_data import PerturbationData

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData

_FOLDER = "lembas_ligandscreen"
_SOURCE = "https://github.com/Lauffenburger-Lab/LEMBAS (MIT), Model/data"
_REFERENCE = "doi:10.1038/s41467-022-30684-y"


def ligand_screen() -> AnnData:
    """Load the ligand screen of LEMBAS: macrophages under 59 ligands, with and without LPS.

    103 conditions (one without anything) x 74 transcription factors, whose activities from 0 to 1 were
    inferred from the expression of their targets. Inputs were given or not (dose 1 or 0) and there are no
    replicates. 43 conditions have LPS; of most ligands there is one condition with it and one without.
    Names are UniProt and ChEBI accessions, as in the network `ligand_screen_prior`; ``var["symbol"]`` and
    ``uns["hybridcell"]["provenance"]["symbols"]`` have gene symbols.

    Returns
    -------
    AnnData
        The screen, following the data contract.

    Raises
    ------
    DataError
        When the files are not on this computer, or their rows do not agree.
    FileFormatError
        When a file is not the table that it should be.

    References
    ----------
    Nilsson A., Peters J. M., Meimetis N., Bryson B. & Lauffenburger D. A., Artificial neural networks enable
    genome-scale simulations of intracellular signaling. Nature Communications 13, 3069 (2022).
    doi:10.1038/s41467-022-30684-y

    Examples
    --------
    >>> import hybridcell as hc
    >>> adata = hc.datasets.ligand_screen()  # doctest: +SKIP
    >>> adata.shape  # doctest: +SKIP
    (103, 74)
    """
    given, measured = _matrix("ligandScreen-Ligands.tsv"), _matrix("ligandScreen-TFs.tsv")
    if list(given.index) != list(measured.index):
        raise DataError(
            f"ligandScreen-Ligands.tsv and ligandScreen-TFs.tsv list different conditions ({len(given)} and "
            f"{len(measured)} rows); wanted the same rows in the same order."
        )
    symbols = _symbols()
    adata = PerturbationData(
        values=measured.to_numpy(dtype=float),
        readouts=tuple(measured.columns),
        kinds=("protein",) * measured.shape[1],
        conditions=tuple(measured.index),
        perturbations=tuple(given.columns),
        doses=given.to_numpy(dtype=float),
        input="dose",
        control="measured",
        provenance={
            "source": _SOURCE,
            "reference": _REFERENCE,
            "values": "activity of a transcription factor, from 0 to 1",
            "symbols": {name: symbols.get(name, name) for name in given.columns},
        },
    ).to_anndata()
    adata.var["symbol"] = [symbols.get(name, name) for name in adata.var_names]
    return adata


def ligand_screen_prior() -> pd.DataFrame:
    """Load the signed network from ligands to transcription factors that goes with `ligand_screen`.

    Returns
    -------
    DataFrame
        6,594 edges with columns source, target (accessions) and sign: +1, -1, or 0 where neither or both are
        reported (three edges are listed twice in the file and count once).

    Raises
    ------
    DataError, FileFormatError
        As for `ligand_screen`.

    References
    ----------
    Türei D. et al., Integrated intra- and intercellular signaling knowledge for multicellular omics analysis.
    Molecular Systems Biology 17, e9923 (2021), for OmniPath, where the edges come from.

    Examples
    --------
    >>> import hybridcell as hc
    >>> hc.datasets.ligand_screen_prior().columns.tolist()  # doctest: +SKIP
    ['source', 'target', 'sign']
    """
    table = _table("ligandScreen-Model.tsv", ("source", "target", "stimulation", "inhibition"))
    sign = _numbers(table, "stimulation") - _numbers(table, "inhibition")
    edges = table[["source", "target"]].assign(sign=sign)
    both = edges.groupby(["source", "target"], sort=False)["sign"]
    merged = both.agg(lambda signs: signs.iloc[0] if signs.nunique() == 1 else 0.0)
    return merged.reset_index()


def _symbols() -> dict[str, str]:
    table = _table("ligandScreen-Annotation.tsv", ("code", "name"))
    return dict(zip(table["code"], table["name"]))


def _matrix(name: str) -> pd.DataFrame:
    """Read a table of numbers whose first column names the rows."""
    table = _table(name, ())
    table = table.set_index(table.columns[0])
    for column in table.columns:
        table[column] = _numbers(table, column)
    return table


def _numbers(table: pd.DataFrame, column: str) -> np.ndarray:
    try:
        return table[column].to_numpy(dtype=float)
    except ValueError as error:
        raise FileFormatError(f"Column {column!r} holds what is no number ({error}).") from None


def _table(name: str, wanted: tuple[str, ...]) -> pd.DataFrame:
    import pandas as pd

    path = _file(name)
    try:
        # without a header, because pandas renames the second of two equal headings
        cells = pd.read_csv(path, sep="\t", header=None, dtype=str, keep_default_na=False, encoding="utf-8")
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise FileFormatError(f"{path} is no tab-separated table ({error}).") from None
    headings = cells.iloc[0].tolist()
    twice = next((heading for k, heading in enumerate(headings) if heading in headings[:k]), None)
    if twice is not None:
        raise FileFormatError(f"{path}, line 1 has the column {twice!r} twice; wanted a name for each.")
    table = cells.iloc[1:].set_axis(headings, axis=1).reset_index(drop=True)
    missing = [column for column in wanted if column not in table.columns]
    if missing or table.shape[1] < 2:
        raise FileFormatError(
            f"{path} has the columns {list(table.columns)[:6]}; wanted {list(wanted) or 'several'}, with "
            "tabs between them."
        )
    return table


def _file(name: str) -> Path:
    return local_file(_FOLDER, name, whose="the ligand screen", source=f"It is published at {_SOURCE}.")
