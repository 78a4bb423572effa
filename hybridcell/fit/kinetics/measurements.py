"""What was measured of a reaction network: which readout, when, under which condition, how exactly."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Bool, Float, Int

from hybridcell._core.errors import DataError, InvalidValueError, unknown_name
from hybridcell._core.number_checks import SMALLEST_ERROR, errors_count
from hybridcell.data import PerturbationData
from hybridcell.mechanisms.reactions.network import ReactionNetwork

if TYPE_CHECKING:
    from anndata import AnnData

#: Where no error is given, it is first taken as this share of a readout's range.
FIRST_SHARE = 0.1


@dataclass(frozen=True, eq=False)
class Measurements:
    """N numbers that were measured.

    Attributes
    ----------
    readouts : tuple of str
        Ids of the network.
    ids : tuple of str, length k
        Constants that conditions set.
    settings : ndarray, shape (C, k)
        Their values under each distinct condition; NaN keeps the network's own.
    times : ndarray, shape (T,)
        All times at which something was measured under some condition.
    condition, when, readout : ndarray, shape (N,)
        Positions of each measurement in the above.
    value, sd : ndarray, shape (N,)
    sd_known : bool
        Whether errors were given; else they are estimated along with the fit, one per readout.
    row : ndarray, shape (N,)
        Row of the data from which each comes.
    """

    readouts: tuple[str, ...]
    ids: tuple[str, ...]
    settings: Float[np.ndarray, "c k"]
    times: Float[np.ndarray, " t"]
    condition: Int[np.ndarray, " n"]
    when: Int[np.ndarray, " n"]
    readout: Int[np.ndarray, " n"]
    value: Float[np.ndarray, " n"]
    sd: Float[np.ndarray, " n"]
    sd_known: bool
    row: Int[np.ndarray, " n"]

    def __len__(self) -> int:
        return len(self.value)

    @property
    def time(self) -> Float[np.ndarray, " n"]:
        """Time of each measurement."""
        return self.times[self.when]

    @property
    def end(self) -> float:
        """The last time, 1 where all is measured at 0."""
        return float(self.times[-1]) or 1.0

    @property
    def conditions(self) -> list[dict[str, float]]:
        """What each condition sets, as `simulate` takes it."""
        return [{id: v for id, v in zip(self.ids, row) if not np.isnan(v)} for row in self.settings]

    def on_linear_scale(self, noise: str) -> Measurements:
        """Return the same with errors of values, where they were errors of logarithms."""
        return replace(self, sd=self.sd * np.abs(self.value)) if noise == "log-normal" else self

    def subset(self, keep: Bool[np.ndarray, " n"]) -> Measurements:
        """Return some of the measurements; conditions and times stay as they are."""
        picked = {n: getattr(self, n)[keep] for n in ("condition", "when", "readout", "value", "sd", "row")}
        return replace(self, **picked)

    def constants(self, network: ReactionNetwork) -> Float[np.ndarray, "c m"]:
        """Return the network's constants under each condition."""
        own = np.repeat(np.asarray(network.values, dtype=float)[None], len(self.settings), axis=0)
        places = [network.equations.constants.index(id) for id in self.ids]
        if places:
            own[:, places] = np.where(np.isnan(self.settings), own[:, places], self.settings)
        return own


def read_measurements(
    network: ReactionNetwork,
    data: AnnData | PerturbationData,
    *,
    sd: float | Mapping[str, float] | None = None,
    noise: str = "normal",
) -> Measurements:
    """Read time courses of a network.

    Parameters
    ----------
    data : AnnData
        Rows are samples, columns are readouts (ids of the network); NaN is not measured. ``obs["time"]``:
        times from 0 on. ``obsm["doses"]``: a table whose columns are ids of the network's constants, what the
        experiment set (parameters, initial values, covariates); NaN keeps the network's value.
        ``layers["sd"]``: errors.
    sd : float or mapping of readout to float, optional
        Errors where the layer is missing.
    noise : {"normal", "log-normal"}
        What they are errors of: values, or their logarithms.

    Raises
    ------
    UnknownNameError
        On a readout or a constant that the network lacks.
    DataError
        On data without times, or with nothing in them.
    """
    if isinstance(data, PerturbationData):
        _warn_of_zeros(network, data)
        data = data.to_anndata()
    if not hasattr(data, "var_names"):
        raise InvalidValueError(f"data is a {type(data).__name__}; wanted an AnnData of time courses.")
    readouts = tuple(map(str, data.var_names))
    known = network.equations.observables
    for id in readouts:
        if id not in known:
            raise unknown_name("id of the network (named by the data's readouts)", id, known)
    time = _times(data)
    ids, settings, condition = _conditions(network, data)
    matrix: Any = data.X
    values = np.asarray(matrix.toarray() if hasattr(matrix, "toarray") else matrix, dtype=float)
    if np.isinf(values).any():
        row, column = np.argwhere(np.isinf(values))[0]
        raise DataError(
            f"The value of {readouts[column]!r} in row {data.obs_names[row]!r} is {values[row, column]:g}; "
            "wanted a number, or NaN where nothing was measured."
        )
    rows, columns = np.nonzero(np.isfinite(values))
    if not len(rows):
        raise DataError("There is nothing to fit: every entry of the data is missing.")
    times, when = np.unique(time, return_inverse=True)
    if not times[-1] > 0:
        raise DataError('All measurements are at time 0; wanted times after it in obs["time"].')
    errors, known_sd = _errors(data, values, readouts, sd, noise)
    found = errors[rows, columns]
    if not (np.isfinite(found) & (found > 0)).all():
        what = 'layers["sd"]' if "sd" in data.layers else "sd"
        raise DataError(f"{what} must be positive wherever a value is measured.")
    if not errors_count(found, values[rows, columns]).all():
        raise DataError(
            f"An error is {found.min():g}: too small, a fit squares its inverse. Wanted more than "
            f"{SMALLEST_ERROR:g} of the value (or of 1, if that is more)."
        )
    return Measurements(
        readouts=readouts, ids=ids, settings=settings, times=times,
        condition=condition[rows], when=when.reshape(-1)[rows], readout=columns,
        value=values[rows, columns], sd=found, sd_known=known_sd, row=rows,
    )  # fmt: skip


def _warn_of_zeros(network: ReactionNetwork, data: PerturbationData) -> None:
    """Warn of doses of 0, in a screen "not given", that set a constant to 0 which is something else."""
    own = dict(zip(network.equations.constants, np.asarray(network.values, dtype=float)))
    for name, column in zip(data.perturbations, data.doses.T):
        if (column == 0).any() and own.get(name, 0.0) != 0:
            warnings.warn(
                f"The dose of {name!r} is 0 in {int((column == 0).sum())} rows: that sets it to 0, and the "
                f"network has {own[name]:g}. For reactions a dose is the value of a constant; where nothing "
                "was changed write the network's value, or NaN in obsm['doses'] of an AnnData.",
                stacklevel=2,
            )
            return


def _times(data: AnnData) -> np.ndarray:
    if "time" not in data.obs:
        raise DataError(
            'Fitting a reaction network needs times: obs["time"], one number per row, in the unit of the '
            "network's time."
        )
    try:
        time = np.asarray(data.obs["time"], dtype=float)
    except (TypeError, ValueError):
        raise DataError('obs["time"] holds something that is no number; wanted one per row.') from None
    if not np.isfinite(time).all() or (time < 0).any():
        row = data.obs_names[int(np.argmin(np.isfinite(time) & (time >= 0)))]
        raise DataError(f"The time of row {row!r} is not a finite number from 0 on.")
    return time


def _conditions(
    network: ReactionNetwork, data: AnnData
) -> tuple[tuple[str, ...], Float[np.ndarray, "c k"], Int[np.ndarray, " rows"]]:
    table: Any = data.obsm.get("doses")
    if table is None:
        return (), np.zeros((1, 0)), np.zeros(data.n_obs, int)
    if not hasattr(table, "columns"):
        raise DataError('obsm["doses"] has no column names; wanted a DataFrame whose columns are ids.')
    ids = tuple(map(str, table.columns))
    for id in ids:
        if id not in network.equations.constants:
            raise unknown_name(
                'constant of the network (a column of obsm["doses"])', id, network.equations.constants
            )
    try:
        numbers = np.asarray(table, dtype=float)
    except (TypeError, ValueError):
        raise DataError('obsm["doses"] holds something that is no number; wanted numbers, or NaN.') from None
    if np.isinf(numbers).any():
        row, column = np.argwhere(np.isinf(numbers))[0]
        raise DataError(f'obsm["doses"] has an infinite {ids[column]} in row {data.obs_names[row]!r}.')
    # NaN is not equal to itself: conditions are told apart with a number in its place
    marked = np.where(np.isnan(numbers), np.inf, numbers)
    distinct, condition = np.unique(marked, axis=0, return_inverse=True)
    return ids, np.where(np.isinf(distinct), np.nan, distinct), condition.reshape(-1)


def _errors(
    data: AnnData, values: np.ndarray, readouts: tuple[str, ...], sd: Any, noise: str
) -> tuple[Float[np.ndarray, "r c"], bool]:
    if "sd" in data.layers:
        layer: Any = data.layers["sd"]
        return np.asarray(layer.toarray() if hasattr(layer, "toarray") else layer, dtype=float), True
    if sd is None:
        if noise == "log-normal":
            return np.full(values.shape, FIRST_SHARE), False
        there = np.isfinite(values)
        most = np.where(there, values, -np.inf).max(axis=0)
        least = np.where(there, values, np.inf).min(axis=0)
        spread = np.where(there.any(axis=0), most - least, 0.0)
        size = np.maximum(spread, np.where(there, np.abs(values), 0.0).max(axis=0) * 1e-3)
        return np.broadcast_to(FIRST_SHARE * np.where(size > 0, size, 1.0), values.shape), False
    if isinstance(sd, Mapping):
        for name in sd:
            if name not in readouts:
                raise unknown_name("readout (named in sd)", name, readouts)
        missing = [name for name in readouts if name not in sd]
        if missing:
            raise InvalidValueError(f"sd names no error for {missing[0]!r}; wanted one for every readout.")
    try:
        numbers = [float(sd[name]) for name in readouts] if isinstance(sd, Mapping) else float(sd)
        return np.broadcast_to(np.array(numbers), values.shape), True
    except (TypeError, ValueError):
        raise InvalidValueError(
            f"sd is {sd!r}; wanted a positive number, one per readout, or None."
        ) from None
