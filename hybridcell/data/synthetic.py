"""Screens with known truth: simulate what an experiment on a known network would have measured."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from hybridcell._core.errors import DataError, InvalidValueError, check_is_list, unknown_name
from hybridcell._core.number_checks import is_finite_number
from hybridcell.data._checks import unique_names
from hybridcell.data._integrate import Truth, steady_states, trajectory
from hybridcell.data._labels import format_doses, format_label
from hybridcell.data.networks import InteractionEntry
from hybridcell.data.perturbation_data import PerturbationData

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData

NetworkLike: TypeAlias = (
    InteractionEntry | tuple[Sequence[str], Sequence[str], np.ndarray, np.ndarray | float, np.ndarray | float]
)


def simulate_screen(
    network: NetworkLike,
    *,
    drugs: Sequence[str] | None = None,
    doses: Sequence[float] = (0.5, 1.5),
    order: int = 2,
    noise: float | tuple[float, float] = 0.05,
    replicates: int = 1,
    missing: float = 0.0,
    times: Sequence[float] | None = None,
    seed: int = 0,
) -> AnnData:
    """Simulate a drug screen: the control, all drugs alone and all combinations, at every dose.

    The truth is dx/dt = epsilon * tanh(W x + u) - alpha * x with x = 0 at the start, which is also the
    steady state of the control: values are changes relative to it. A dosed drug node has u = -dose.

    Parameters
    ----------
    network
        An `InteractionEntry`, or (names, kinds, weights [target, source], epsilon, alpha).
    drugs
        Drugs of the screen; by default all nodes of kind "drug".
    doses
        Positive dose levels of every drug.
    order
        Most drugs in one combination.
    noise
        Standard deviation of the measurement: one number for an additive and an equal proportional part, or
        (additive, proportional). Drug nodes are set by the experimenter and carry no noise.
    replicates
        Rows per condition, each with its own noise.
    missing
        Fraction of the values of proteins, genes and phenotypes that are not measured (NaN).
    times
        Times of measurement after the drugs were given, in the time unit of the network; by default steady
        state.
    seed
        Of noise and missing values.

    Returns
    -------
    AnnData
        Conditions x nodes; `obsm["doses"]` holds strengths (negative), `layers["sd"]` the standard
        deviation of the noise where there is any, `uns["hybridcell"]["truth"]` the network (see
        `truth_edges`).

    Raises
    ------
    InvalidValueError
        When an option is out of range.
    UnknownNameError
        When a drug does not exist; the nearest name is suggested.
    NotConvergedError
        When the network has no stable steady state.

    Examples
    --------
    >>> import hybridcell as hc
    >>> from hybridcell.data import simulate_screen
    >>> screen = simulate_screen(hc.networks.load("mapk_pi3k"), drugs=["aMEK", "aAKT"], doses=[1.0])
    >>> screen.obs["perturbation"].tolist()
    ['control', 'aMEK', 'aAKT', 'aMEK+aAKT']
    """
    truth = as_truth(network)
    chosen = _drugs(truth, drugs)
    additive, proportional = checked_noise(noise)
    _check_options(doses, order, replicates, missing, times)
    given = _design(len(chosen), sorted(float(d) for d in doses), min(order, len(chosen)))
    u = np.zeros((len(given), len(truth.names)))
    u[:, [truth.names.index(d) for d in chosen]] = -given
    states = steady_states(truth, u)[:, None] if times is None else trajectory(truth, u, times)

    rows = list(itertools.product(range(len(given)), range(states.shape[1]), range(replicates)))
    clean = np.array([states[c, t] for c, t, _ in rows])
    rng = np.random.default_rng(seed)
    measured = np.array([kind != "drug" for kind in truth.kinds])
    sd = np.sqrt(additive**2 + (proportional * clean) ** 2)
    values = clean + np.where(measured, sd * rng.standard_normal(clean.shape), 0.0)
    values[(rng.random(clean.shape) < missing) & measured] = np.nan
    strengths = -given[[c for c, _, _ in rows]] + 0.0
    data = PerturbationData(
        values=values,
        readouts=truth.names,
        kinds=truth.kinds,
        conditions=_row_names(chosen, given, rows, times, replicates),
        perturbations=chosen,
        doses=strengths,
        input="strength",
        control="measured",
        sd=sd if (sd > 0).all() else None,
        time=None if times is None else np.array([float(times[t]) for _, t, _ in rows]),
        replicate=tuple(str(r + 1) for _, _, r in rows) if replicates > 1 else None,
        dose_labels=tuple(format_doses(given[c]) for c, _, _ in rows),
        provenance={
            "source": "simulated by hybridcell",
            "noise": [additive, proportional],
            "missing": float(missing),
            "seed": int(seed),
        },
    )
    adata = data.to_anndata()
    adata.uns["hybridcell"]["truth"] = _truth_record(truth, network)
    return adata


def truth_edges(screen: AnnData) -> pd.DataFrame:
    """Return the true interactions of a simulated screen, or of one with a gold standard.

    Parameters
    ----------
    screen
        From `simulate_screen`, `hc.datasets.dream4` and the like, also after a round trip through h5ad.

    Returns
    -------
    pandas.DataFrame
        source, target, sign, weight; one row per edge. Where a gold standard tells edges only, the sign is 0
        and the weight NaN.

    Raises
    ------
    DataError
        When the data carry no truth, as real data do not.

    Examples
    --------
    >>> import hybridcell as hc
    >>> from hybridcell.data import truth_edges
    >>> truth_edges(hc.datasets.demo()).head(1).values.tolist()
    [['EGFR', 'SRC', 1, 0.25]]
    """
    import pandas as pd

    truth = screen.uns.get("hybridcell", {}).get("truth")
    if truth is None:
        raise DataError("These data carry no truth (uns['hybridcell']['truth']); simulated screens do.")
    weight = np.asarray(truth["weight"], dtype=float)
    source, target = (np.asarray(truth[k], dtype=object) for k in ("source", "target"))
    sign = np.sign(np.nan_to_num(weight)).astype(int)
    return pd.DataFrame({"source": source, "target": target, "sign": sign, "weight": weight})


def as_truth(network: NetworkLike) -> Truth:
    """Return names, kinds and checked arrays of a network, whichever way it is given."""
    if isinstance(network, InteractionEntry):
        return Truth(network.nodes, network.kinds, network.weights, network.epsilon, network.alpha)
    try:
        names, kinds, weights, epsilon, alpha = network
    except (TypeError, ValueError):
        raise InvalidValueError(
            f"The network is {type(network).__name__}; wanted an InteractionEntry or (names, kinds, weights, "
            "epsilon, alpha)."
        ) from None
    names, kinds, n = unique_names("node", names), tuple(kinds), len(names)
    weights = np.asarray(weights, dtype=float)
    epsilon, alpha = (np.broadcast_to(np.asarray(v, dtype=float), (n,)) for v in (epsilon, alpha))
    if weights.shape != (n, n) or len(kinds) != n:
        raise InvalidValueError(
            f"There are {n} names, {len(kinds)} kinds and weights of shape {weights.shape}; wanted n, n "
            "and (n, n)."
        )
    if not (np.isfinite(weights).all() and (epsilon > 0).all() and (alpha > 0).all()):
        raise InvalidValueError("Weights must be finite, and epsilon and alpha positive.")
    return Truth(names, kinds, weights, epsilon, alpha)


def _drugs(truth: Truth, drugs: Sequence[str] | None) -> tuple[str, ...]:
    known = [name for name, kind in zip(truth.names, truth.kinds) if kind == "drug"]
    check_is_list("drugs", drugs)
    for name in drugs or ():
        if name not in known:
            raise unknown_name("drug", name, known)
    # In the order of the network, so that the same screen comes out however the drugs were listed.
    chosen = tuple(name for name in known if drugs is None or name in drugs)
    if not chosen:
        raise InvalidValueError(
            "The network has no node of kind 'drug', or drugs= is empty: nothing to screen."
        )
    return chosen


def checked_noise(noise: float | tuple[float, float]) -> tuple[float, float]:
    """Return the additive and the proportional standard deviation."""
    pair = tuple(noise) if isinstance(noise, Iterable) else (noise, noise)
    if len(pair) != 2 or not all(is_finite_number(p) and p >= 0 for p in pair):
        raise InvalidValueError(f"noise is {noise!r}; wanted a number >= 0, or (additive, proportional).")
    return float(pair[0]), float(pair[1])


def _check_options(
    doses: Sequence[float], order: int, replicates: int, missing: float, times: Sequence[float] | None
) -> None:
    levels = np.asarray(doses, dtype=float)
    if levels.ndim != 1 or not levels.size or not (np.isfinite(levels) & (levels > 0)).all():
        raise InvalidValueError(
            f"doses is {doses!r}; wanted one or more positive numbers (drugs inhibit by them)."
        )
    if len(np.unique(levels)) < len(levels):
        raise InvalidValueError(f"doses is {doses!r}; every level must come once.")
    if order < 1 or replicates < 1:
        raise InvalidValueError(f"order is {order} and replicates is {replicates}; both must be 1 or more.")
    if not 0 <= missing < 1:
        raise InvalidValueError(f"missing is {missing!r}; wanted a fraction, 0 or more and below 1.")
    if times is not None:
        points = np.asarray(times, dtype=float)
        if points.ndim != 1 or not points.size or not (np.isfinite(points) & (points >= 0)).all():
            raise InvalidValueError(f"times is {times!r}; wanted one or more numbers, 0 or later.")
        if len(np.unique(points)) < len(points):
            raise InvalidValueError(f"times is {times!r}; every time must come once.")


def _design(n_drugs: int, levels: Sequence[float], order: int) -> np.ndarray:
    rows = [np.zeros(n_drugs)]
    for k in range(1, order + 1):
        for members in itertools.combinations(range(n_drugs), k):
            for amounts in itertools.product(levels, repeat=k):
                row = np.zeros(n_drugs)
                row[list(members)] = amounts
                rows.append(row)
    return np.array(rows)


def _row_names(
    drugs: Sequence[str],
    given: np.ndarray,
    rows: Sequence[tuple[int, int, int]],
    times: Sequence[float] | None,
    replicates: int,
) -> tuple[str, ...]:
    names = []
    for c, t, r in rows:
        label = format_label(drugs, given[c])
        parts = [label if label == "control" else f"{label}|{format_doses(given[c])}"]
        parts += [f"t{times[t]:g}"] if times is not None else []
        parts += [f"r{r + 1}"] if replicates > 1 else []
        names.append("|".join(parts))
    return tuple(names)


def _truth_record(truth: Truth, network: NetworkLike) -> dict[str, Any]:
    target, source = np.nonzero(truth.weights)
    order = np.lexsort((target, source))
    return {
        "network": network.name if isinstance(network, InteractionEntry) else "given as arrays",
        "source": [truth.names[source[k]] for k in order],
        "target": [truth.names[target[k]] for k in order],
        "weight": [float(truth.weights[target[k], source[k]]) for k in order],
        "nodes": list(truth.names),
        "epsilon": [float(v) for v in truth.epsilon],
        "alpha": [float(v) for v in truth.alpha],
    }
