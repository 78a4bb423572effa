"""Gene expression of perturbed networks, in the files of the DREAM4 network inference challenge."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell._core.errors import (
    DataError,
    FileFormatError,
    InvalidValueError,
    nearest,
    unknown_name,
)
from hybridcell._core.number_checks import is_finite_number
from hybridcell.data.datasets._fetch import places_of
from hybridcell.data.datasets._tsv import Table, read_table, text_of, unquoted
from hybridcell.data.gene_experiments import GeneExperiments

if TYPE_CHECKING:
    from anndata import AnnData

_FOLDER = "dream4_insilico"
_STEADY = ("wildtype", "knockouts", "knockdowns", "multifactorial")
_FILES = (*_STEADY, "timeseries")
_STIMULUS_OFF = 500.0


def dream4(network: str = "size10_1") -> AnnData:
    """Load one of the DREAM4 in silico gene networks, with its true edges.

    Parameters
    ----------
    network
        Folder of the network, such as "size10_1" or "size100_3", in `$HYBRIDCELL_DATA/dream4_insilico` or
        in the cache.

    Returns
    -------
    AnnData
        As from `dream4_folder`. `uns["hybridcell"]["truth"]` holds the gold standard where it is there, which
        knows no signs (see `hybridcell.data.truth_edges`).

    Raises
    ------
    DataError
        When the data are not on this computer, or a file breaks its format.
    UnknownNameError
        When there is no such network; the nearest name is suggested.

    References
    ----------
    Marbach D. et al., Revealing strengths and weaknesses of methods for gene network inference. PNAS 107,
    6286 (2010). doi:10.1073/pnas.0913357107

    Examples
    --------
    >>> import hybridcell as hc
    >>> adata = hc.datasets.dream4("size10_1")  # doctest: +SKIP
    >>> adata.shape  # doctest: +SKIP
    (136, 10)
    """
    folder = _network_folder(network)
    experiments = _experiments(folder, _STIMULUS_OFF)
    gold = folder / "goldStandard.tsv"
    truth = _gold(gold, network, experiments.genes) if os.path.isfile(gold) else None
    provenance = {
        "source": f"DREAM4 in silico network {network}",
        "reference": "doi:10.1073/pnas.0913357107",
        "values": "mRNA level, of a maximum of 1 in the network",
    }
    return experiments.to_anndata(provenance=provenance, truth=truth)


def dream4_folder(path: str | os.PathLike[str], *, stimulus_off: float = _STIMULUS_OFF) -> AnnData:
    """Read a folder of expression tables in the layout of the DREAM4 challenge.

    Any of these files may be there, tab-separated with the gene names on the first line; other files are
    left alone. The same genes must be in all, in any order.

    - `wildtype.tsv`: steady states, one row per replicate.
    - `knockouts.tsv`, `knockdowns.tsv`: in row i the i-th gene of that file is off, or made at half its rate.
    - `multifactorial.tsv`: steady states under unknown perturbations.
    - `timeseries.tsv`: first column `Time`; a blank line, or a time that falls back to that of the first row,
      begins the next series. Each series has a stimulus of its own, which is unknown.

    Parameters
    ----------
    path
        The folder.
    stimulus_off
        Time at which the stimuli of the time series are taken away, in the unit of the file.

    Returns
    -------
    AnnData
        Measurements x genes, levels as in the files. `obs`: "experiment" (wildtype, knockout, knockdown,
        multifactorial, timeseries), "time" (NaN = steady state), "series" (0, 1, ...; -1 = none),
        "replicate". `obsm["doses"]`: a column per gene, the share of its production that is taken away
        (knockout 1, knockdown 0.5); "stimulus_1", ... 1 while the stimulus of that series is on;
        "multifactorial_1", ... 1 in the row with that unknown perturbation.
        `uns["hybridcell"]["recovery"]`: "stimulus_off".

    Raises
    ------
    DataError
        When none of the files is there, files have different genes, or a name is empty, double or reserved.
    FileFormatError
        When a file is not such a table; file, line and column are named.
    InvalidValueError
        When `stimulus_off` is no positive number.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from hybridcell.data.datasets import dream4_folder
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     tables = pathlib.Path(folder)
    ...     _ = (tables / "wildtype.tsv").write_text("A\\tB\\n0.5\\t0.7\\n")
    ...     _ = (tables / "knockouts.tsv").write_text("A\\tB\\n0\\t0.2\\n0.5\\t0\\n")
    ...     adata = dream4_folder(folder)
    >>> adata.obs["perturbation"].tolist()
    ['control', 'A', 'B']
    """
    if not (is_finite_number(stimulus_off) and stimulus_off > 0):
        raise InvalidValueError(f"stimulus_off is {stimulus_off!r}; wanted a positive time.")
    folder = Path(path)
    provenance = {"source": folder.name, "values": "expression level"}
    return _experiments(folder, float(stimulus_off)).to_anndata(provenance=provenance)


def _network_folder(network: str) -> Path:
    places = places_of(_FOLDER)
    found = {
        path.name: path
        for place in places[::-1]
        if os.path.isdir(place)
        for path in place.iterdir()
        if os.path.isdir(path)
    }
    if not found:
        raise DataError(
            f"The DREAM4 networks are not here; looked in {' and '.join(map(str, places))}. Put the folders "
            "of the networks (size10_1, ...) there, or set HYBRIDCELL_DATA to the folder that holds "
            f"{_FOLDER}. Bioconductor's package DREAM4 has the tables."
        )
    if network not in found:
        raise unknown_name("DREAM4 network", network, sorted(found))
    return found[network]


def _experiments(folder: Path, stimulus_off: float) -> GeneExperiments:
    if not os.path.isdir(folder):
        what = "is a file" if os.path.exists(folder) else "does not exist"
        raise DataError(f"{folder} {what}; wanted a folder with {', '.join(f'{f}.tsv' for f in _FILES)}.")
    paths = {name: folder / f"{name}.tsv" for name in _FILES}
    paths = {name: path for name, path in paths.items() if os.path.exists(path)}
    if not paths:
        raise DataError(_nothing_there(folder))
    tables = {n: read_table(p, first="Time" if n == "timeseries" else None) for n, p in paths.items()}
    genes = next(iter(tables.values())).names
    fields: dict[str, Any] = {n: _in_order(t, genes, n) for n, t in tables.items() if n != "timeseries"}
    if "timeseries" in tables:
        fields["series"] = _series(tables["timeseries"], genes)
    return GeneExperiments(genes, **fields, stimulus_off=stimulus_off)


def _nothing_there(folder: Path) -> str:
    wanted = [f"{name}.tsv" for name in _FILES]
    message = f"{folder} has none of {', '.join(wanted)}."
    for path in sorted(folder.iterdir()):
        guess = nearest(path.name, wanted)
        if guess:
            return f"{message} Rename {path.name!r} to {guess!r}?"
    return message


def _columns(table: Table, genes: tuple[str, ...]) -> list[int]:
    """Return where the genes stand in a table; they must be the same ones."""
    for one, other in ((table.names, genes), (genes, table.names)):
        for name in one:
            if name not in other:
                here = "has the gene" if one is table.names else "lacks the gene"
                raise DataError(
                    f"{table.path}, line 1 {here} {name!r}, unlike the files read before it. Wanted the same "
                    f"{len(genes)} genes in every file.{_hint(name, other)}"
                )
    return [table.names.index(gene) for gene in genes]


def _hint(name: str, others: tuple[str, ...]) -> str:
    guess = nearest(name, others)
    return f" Is it {guess!r} there?" if guess else ""


def _in_order(table: Table, genes: tuple[str, ...], what: str) -> np.ndarray:
    """Return the values with the columns, and for one row per gene the rows, in the order of the genes."""
    order = _columns(table, genes)
    if what not in ("knockouts", "knockdowns"):
        return table.values[:, order]
    if len(table.values) != len(genes):
        raise FileFormatError(
            f"{table.path} has {len(table.values)} rows of numbers (the last on line {table.lines[-1]}) and "
            f"{len(genes)} genes; wanted one row for each gene, in the order of the first line."
        )
    return table.values[np.ix_(order, order)]


def _series(table: Table, genes: tuple[str, ...]) -> list[tuple[np.ndarray, np.ndarray]]:
    order = [1 + k for k in _columns(table, genes)]
    times = table.values[:, 0]
    starts = [
        k
        for k in range(len(times))
        if k == 0 or table.after_blank[k] or (times[k] == times[0] and times[k] < times[k - 1])
    ]
    series = []
    for begin, end in zip(starts, [*starts[1:], len(times)]):
        _check_times(table, times, begin, end)
        series.append((times[begin:end], table.values[begin:end, order]))
    return series


def _check_times(table: Table, times: np.ndarray, begin: int, end: int) -> None:
    if end - begin < 2:
        raise FileFormatError(
            f"{table.path}, line {table.lines[begin]}: the series has one time only. Wanted two or more "
            "times; a blank line or a return to the first time begins a series."
        )
    back = np.flatnonzero(np.diff(times[begin:end]) <= 0)
    if back.size:
        k = begin + int(back[0]) + 1
        raise FileFormatError(
            f"{table.path}, line {table.lines[k]}: time {times[k]:g} comes after {times[k - 1]:g}. Wanted "
            "times that rise; put a blank line between series."
        )


def _gold(path: Path, network: str, genes: tuple[str, ...]) -> Mapping[str, Any]:
    """Return the edges of a gold standard: source, target and 0 or 1 on each line."""
    edges: dict[tuple[str, str], str] = {}
    for number, line in enumerate(text_of(path).splitlines(), start=1):
        # names may hold spaces, and quotes around them, as in the tables
        cells = [unquoted(cell) for cell in line.split("\t")] if "\t" in line else line.split()
        if not any(cells):
            continue
        if len(cells) != 3 or cells[2] not in ("0", "1") or not {*cells[:2]} <= {*genes}:
            raise FileFormatError(
                f"{path}, line {number}: {line!r}; wanted two genes of the network and 0 or 1, "
                "separated by tabs."
            )
        source, target, there = cells
        if edges.setdefault((source, target), there) != there:
            raise FileFormatError(
                f"{path}, line {number}: {source!r} -> {target!r} is an edge in one line and none in "
                "another; wanted one of the two."
            )
    found = [edge for edge, there in edges.items() if there == "1"]
    return {
        "network": network,
        "source": [source for source, _ in found],
        "target": [target for _, target in found],
        # the gold standard knows no signs
        "weight": [float("nan")] * len(found),
        "nodes": list(genes),
    }
