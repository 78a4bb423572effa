"""Signaling under stimuli and inhibitors, in the tables of MIDAS."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hybridcell._core.errors import DataError, FileFormatError, unknown_name
from hybridcell.data._labels import SEPARATOR, format_label
from hybridcell.data.datasets._midas_table import MidasTable, read_midas_table
from hybridcell.data.perturbation_data import PerturbationData

if TYPE_CHECKING:
    from anndata import AnnData

# What tables set to 1 where nothing was given; no perturbation.
_NOTHING_GIVEN = {"NOCYTO", "NOINHIB", "NOLIG", "NOSTIM", "NO-CYTO", "NO-INHIB", "NO-LIG", "NO-STIM"}


def midas(path: str | os.PathLike[str], *, rename: Mapping[str, str] | None = None) -> AnnData:
    """Read a MIDAS table: cues that were given, times of measurement and measured signals.

    Columns are `TR:name` (a cue: its amount, blank = 0), `DA:name` (time of a signal; `DA:ALL` = of every
    signal) and `DV:name` (a signal; blank or NaN = not measured). `TR:name:CellLine` names a cell line,
    `TR:name:Stimuli` and `TR:name:Inhibitors` the role of a cue; without a role, a name that ends in "i" is
    an inhibitor. `NOINHIB`, `NOCYTO` and the like mean that nothing was given.

    Parameters
    ----------
    path
        The file, comma-separated UTF-8 text.
    rename
        Names to replace, of cues and of signals, where a table spells one in its own way.

    Returns
    -------
    AnnData
        Rows x signals, of kind "protein", values as in the file. `obsm["doses"]` has a column per cue;
        `obs["time"]` is in the unit of the file; "context" the cell line; "replicate" counts rows of the same
        condition and time. `uns["hybridcell"]["cues"]`: which cues are "stimuli" and which "inhibitors". A
        row whose signals have several times becomes several rows.

    Raises
    ------
    FileFormatError
        When the file is not such a table; line and column are named.
    DataError
        When names are empty, double or reserved, or a row gives something and also "nothing".
    UnknownNameError
        When `rename` names what is not in the file.

    References
    ----------
    Saez-Rodriguez J. et al., Flexible informatics for linking experimental data to mathematical models via
    DataRail. Bioinformatics 24, 840 (2008). doi:10.1093/bioinformatics/btn018

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from hybridcell.data.datasets import midas
    >>> table = "TR:mock:CellLine,TR:EGF,TR:Rafi,DA:ALL,DV:Erk\\n1,1,,10,0.9\\n1,1,1,10,0.2\\n"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "table.csv"
    ...     _ = path.write_text(table)
    ...     adata = midas(path)
    >>> adata.obs["perturbation"].tolist(), adata.uns["hybridcell"]["cues"]["inhibitors"]
    (['EGF', 'EGF+Rafi'], ['Rafi'])
    """
    return midas_screen(Path(path), rename=rename or {}, provenance={"source": Path(path).name})


def midas_screen(
    path: Path,
    *,
    provenance: Mapping[str, str],
    rename: Mapping[str, str] | None = None,
    nothing: Collection[str] = (),
) -> AnnData:
    """Return the screen; cues in `nothing` (a solvent) count as nothing given."""
    table = _renamed(read_midas_table(path), rename or {})
    idle = [
        k for k, cue in enumerate(table.cues) if cue.name.upper() in _NOTHING_GIVEN or cue.name in nothing
    ]
    given = [k for k in range(len(table.cues)) if k not in idle]
    _check_idle(table, [k for k in idle if table.cues[k].name not in nothing], given)
    cues = [table.cues[k] for k in given]
    names = [cue.name for cue in cues]
    rows, values, times = _one_time_per_row(table)
    if not rows:
        raise FileFormatError(
            f"{path} has rows, but no value and no time in any; wanted one measurement at least."
        )
    doses = table.amounts[np.ix_(rows, given)]
    cells = None if table.cell_lines is None else [table.cell_lines[r] for r in rows]
    replicate, conditions = _numbered(names, doses, times, cells)
    adata = PerturbationData(
        values=values,
        readouts=table.signals,
        kinds=("protein",) * len(table.signals),
        conditions=tuple(conditions),
        perturbations=tuple(names),
        doses=doses,
        input="dose",
        control="measured",
        time=times,
        context=None if cells is None else tuple(cells),
        replicate=tuple(map(str, replicate)),
        provenance=dict(provenance),
    ).to_anndata()
    if table.notes is not None:
        adata.obs["sample"] = [table.notes[r] for r in rows]
    adata.uns["hybridcell"]["cues"] = {
        "stimuli": [cue.name for cue in cues if not cue.inhibits],
        "inhibitors": [cue.name for cue in cues if cue.inhibits],
    }
    return adata


def _renamed(table: MidasTable, rename: Mapping[str, str]) -> MidasTable:
    known = (*(cue.name for cue in table.cues), *table.signals)
    for name in rename:
        if name not in known:
            raise unknown_name("cue or signal", name, known)
    return table.renamed(rename) if rename else table


def _check_idle(table: MidasTable, idle: list[int], given: list[int]) -> None:
    """A row that says "no inhibitor" may give none (and one that says "no cytokine" no stimulus)."""
    for k in idle:
        others = [j for j in given if table.cues[j].inhibits == ("INHIB" in table.cues[k].name.upper())]
        both = (table.amounts[:, [k]] != 0) & (table.amounts[:, others] != 0)
        if both.any():
            row, j = (int(v) for v in np.argwhere(both)[0])
            raise DataError(
                f"{table.path}, line {table.lines[row]} sets both {table.cues[k].name} and "
                f"{table.cues[others[j]].name}; wanted one or the other."
            )


def _one_time_per_row(table: MidasTable) -> tuple[list[int], np.ndarray, np.ndarray]:
    """Split rows whose signals were measured at different times."""
    rows, values, times = [], [], []
    for r, (level, when) in enumerate(zip(table.values, table.times)):
        for t in np.unique(when[~np.isnan(when)]):
            rows.append(r)
            times.append(float(t))
            values.append(np.where(when == t, level, np.nan))
    return rows, np.array(values), np.array(times)


def _numbered(
    names: list[str], doses: np.ndarray, times: np.ndarray, cells: list[str] | None
) -> tuple[list[int], list[str]]:
    """Number the rows of the same condition, and name every row."""
    count: Counter[str] = Counter()
    numbers, rows = [], []
    for r, given in enumerate(doses):
        parts = [] if cells is None else [cells[r]]
        label = format_label(names, given)
        amounts = SEPARATOR.join(_exactly(dose) for dose in given if dose != 0)
        parts.append(label if set(given) <= {0.0, 1.0} else f"{label}|{amounts}")
        parts.append(f"t{_exactly(times[r])}")
        base = "|".join(parts)
        count[base] += 1
        numbers.append(count[base])
        rows.append(f"{base}|r{count[base]}")
    return numbers, rows


def _exactly(number: float) -> str:
    """Write a number with all its digits: rows that differ in the seventh are no replicates."""
    return f"{number:.15g}".replace("e+", "e")
