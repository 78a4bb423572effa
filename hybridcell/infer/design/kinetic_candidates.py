"""Candidate measurements of a reaction network: conditions, times and readouts, as `hc.fit` takes data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell._core.errors import DataError, InvalidValueError, unknown_name
from hybridcell.data._labels import format_number
from hybridcell.infer.design.candidate_names import untaken
from hybridcell.mechanisms.reactions.network import ReactionNetwork

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData

#: Columns of a table of candidates that are no constants of the network.
_OWN = ("time", "readout", "candidate", "cost")


def as_time_courses(
    network: ReactionNetwork, candidates: Any, readouts: Sequence[str] | None, usual: Sequence[str]
) -> tuple[AnnData, np.ndarray, tuple[str, ...]]:
    """Return candidates as data with a number wherever something would be measured, and NaN elsewhere.

    Parameters
    ----------
    candidates : AnnData, DataFrame, or list of dict
        AnnData: as for `hc.fit`, each row an experiment. A table, or dicts: "time", ids of constants that
        the experiment sets (NaN: the network's own), optionally "readout" (one id; left out, or empty: all of
        `readouts`), and "candidate" (rows of one name are one experiment).
    readouts : sequence of str, optional
        What is measured where a row does not say.
    usual : sequence of str
        Readouts of the data so far.

    Returns
    -------
    AnnData
        A row for each row of the candidates.
    ndarray of int
        The candidate of each row.
    tuple of str
        Names of the candidates.
    """
    import pandas as pd

    if hasattr(candidates, "obsm") and hasattr(candidates, "var_names"):
        return _from_anndata(network, candidates, readouts)
    if isinstance(candidates, Mapping):
        candidates = [candidates]
    if isinstance(candidates, list | tuple):
        if not all(isinstance(one, Mapping) for one in candidates):
            raise InvalidValueError("Candidates are a list of something else than dicts; wanted dicts.")
        candidates = pd.DataFrame([dict(one) for one in candidates])
        named = False
    else:
        named = not isinstance(getattr(candidates, "index", None), pd.RangeIndex)
    if not isinstance(candidates, pd.DataFrame):
        raise InvalidValueError(
            f"Candidates are {type(candidates).__name__}; wanted a DataFrame, an AnnData or a list of dicts "
            "such as {'time': 5.0}."
        )
    return _from_frame(network, candidates, readouts, usual, named=named)


def _from_anndata(
    network: ReactionNetwork, adata: Any, readouts: Sequence[str] | None
) -> tuple[AnnData, np.ndarray, tuple[str, ...]]:
    chosen = list(map(str, adata.var_names)) if readouts is None else list(readouts)
    _check_readouts(network, chosen)
    found = _data(chosen, np.ones((adata.n_obs, len(chosen))), adata.obs, adata.obsm.get("doses"))
    return found, np.arange(adata.n_obs), tuple(map(str, adata.obs_names))


def _from_frame(
    network: ReactionNetwork,
    table: pd.DataFrame,
    readouts: Sequence[str] | None,
    usual: Sequence[str],
    *,
    named: bool,
) -> tuple[AnnData, np.ndarray, tuple[str, ...]]:
    import pandas as pd

    if not len(table):
        raise InvalidValueError("There are no candidates; wanted at least one.")
    if "time" not in table.columns:
        raise DataError('Candidates of a reaction network need a "time" each; found none.')
    ids = [str(c) for c in table.columns if c not in _OWN]
    for id in ids:
        if id not in network.equations.constants:
            raise unknown_name(
                "constant of the network (set by a candidate)", id, network.equations.constants
            )
    given = table["readout"] if "readout" in table.columns else [None] * len(table)
    each = ["" if r is None or pd.isna(r) else str(r) for r in given]
    others = [] if all(each) else list(usual if readouts is None else readouts)
    chosen = list(dict.fromkeys([*filter(None, each), *others]))
    _check_readouts(network, chosen)
    asked = [[name in ([own] if own else others) for name in chosen] for own in each]
    values = np.where(asked, 1.0, np.nan)
    doses = table[ids].astype(float).reset_index(drop=True) if ids else None
    obs = pd.DataFrame({"time": np.asarray(table["time"], dtype=float)})
    if "candidate" in table.columns:
        labels = _labels(table["candidate"], _described(table, ids, each))
        names = tuple(dict.fromkeys(labels))
        owner = np.array([names.index(label) for label in labels])
    else:
        names = tuple(map(str, table.index)) if named else _described(table, ids, each)
        owner = np.arange(len(table))
        if len(set(names)) < len(names):
            raise DataError(
                "Two candidates have one name; give them names of their own, or a column 'candidate'."
            )
    return _data(chosen, values, obs, doses), owner, names


def _labels(given: Any, described: Sequence[str]) -> list[str]:
    """Return the experiment of each row; a row that names none is one of its own."""
    import pandas as pd

    labels = ["" if pd.isna(one) else str(one).strip() for one in given]
    taken = {*labels}
    for k, own in enumerate(described):
        if not labels[k]:
            labels[k] = untaken(own, taken)
            taken.add(labels[k])
    return labels


def _described(table: pd.DataFrame, ids: Sequence[str], each: Sequence[str]) -> tuple[str, ...]:
    names: list[str] = []
    for row in range(len(table)):
        parts = [f"{id} {format_number(v)}" for id in ids if np.isfinite(v := float(table[id].iloc[row]))]
        parts.append(f"t {format_number(float(table['time'].iloc[row]))}")
        names.append(untaken(", ".join(filter(None, [*parts, each[row]])), names))
    return tuple(names)


def _check_readouts(network: ReactionNetwork, chosen: Sequence[str]) -> None:
    if not chosen:
        raise InvalidValueError("readouts is empty; name at least one.")
    for id in chosen:
        if id not in network.equations.observables:
            raise unknown_name("readout (an id of the network)", id, network.equations.observables)


def _data(readouts: Sequence[str], values: np.ndarray, obs: Any, doses: Any) -> AnnData:
    import anndata
    import pandas as pd

    index = pd.Index([str(k) for k in range(len(values))])
    made = anndata.AnnData(
        X=values, obs=pd.DataFrame(obs).set_index(index), var=pd.DataFrame(index=pd.Index(list(readouts)))
    )
    if doses is not None:
        made.obsm["doses"] = pd.DataFrame(doses).set_index(index)
    return made
