"""Are intervals right? Coverage and ranks on held-out conditions, and the bands of single readouts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell._core.errors import DataError, InvalidValueError, check_is_list, unknown_name
from hybridcell.data import as_perturbation_data
from hybridcell.evaluate import metrics
from hybridcell.simulate import predictive

if TYPE_CHECKING:
    from anndata import AnnData
    from matplotlib.axes import Axes

    from hybridcell.data import PerturbationData

_INSIDE, _OUTSIDE, _BAND = "#0072B2", "#D55E00", "#999999"
_LEVELS = np.arange(0.05, 1.0, 0.05)
_BINS = 10


def calibration(
    ensemble: Any,
    data: AnnData | PerturbationData,
    *,
    readouts: Sequence[str] | None = None,
    axes: Sequence[Axes] | None = None,
) -> tuple[Axes, Axes]:
    """Draw expected against observed coverage, and the histogram of ranks (PIT), on conditions held out.

    The gray band is where 95 % of right intervals would lie if the values of one condition stood and fell
    together: binomial, with as many draws as conditions. A histogram heaped at both ends means intervals that
    are too narrow, heaped in the middle too wide, leaning to one side a bias. Levels that too few conditions
    were held out for cover everything, as their intervals are unbounded, and are drawn hollow.

    Parameters
    ----------
    ensemble : Ensemble
        A calibrated one.
    data
        Conditions that it was not fitted to.
    readouts
        Names of readouts; by default all but drugs.
    axes
        Two axes to draw on; by default new ones.

    Returns
    -------
    tuple of matplotlib.axes.Axes

    Raises
    ------
    InvalidValueError
        For an ensemble that is not calibrated.
    UnknownNameError
        For a readout that was not calibrated, or is not in the data.
    DataError
        When nothing is measured.

    References
    ----------
    Gneiting, Balabdaoui and Raftery, JRSS B 69 (2007).

    Examples
    --------
    >>> import hybridcell as hc, jax.random as jr
    >>> train, test = hc.split(hc.datasets.demo(seed=0), by="random")
    >>> model = hc.CellBox.from_data(train, key=jr.key(0))
    >>> ensemble = hc.fit_ensemble(model, train, n=1, steps=10, key=jr.key(1))
    >>> left, right = hc.pl.calibration(ensemble, test)
    >>> left.get_xlabel()
    'Expected coverage'
    """
    import matplotlib.pyplot as plt
    from scipy import stats

    if getattr(ensemble, "calibration", None) is None:
        raise InvalidValueError(
            f"The {type(ensemble).__name__} is not calibrated; wanted an Ensemble from hc.fit_ensemble or "
            "hc.infer.calibrate."
        )
    test = as_perturbation_data(data)
    known = ensemble.calibration.readouts
    chosen = readouts
    if chosen is None:
        chosen = [r for r, kind in zip(test.readouts, test.kinds) if kind != "drug" and r in known]
    check_is_list("readouts", chosen)
    for name in chosen:
        for valid in (test.readouts, known):
            if name not in valid:
                raise unknown_name("readout", name, valid)
    y = np.full((len(test), len(known)), np.nan)
    y[:, [known.index(r) for r in chosen]] = test.values[:, [test.readouts.index(r) for r in chosen]]
    if np.isnan(y).all():
        raise DataError("Nothing is measured in these readouts; wanted at least one value.")
    found = predictive(ensemble, test)
    n = int((~np.isnan(y)).any(axis=1).sum())
    bounds = [found.interval(float(level)) for level in _LEVELS]
    observed = np.array([metrics.coverage(y, low, high) for low, high in bounds])
    bounded = np.array([np.isfinite(np.where(np.isnan(y), 0.0, b)).all() for b in bounds])
    if axes is None:
        axes = list(plt.subplots(1, 2, figsize=(8.4, 3.9), layout="constrained")[1])
    left, right = axes
    low, high = (stats.binom.ppf(q, n, _LEVELS) / n for q in (0.025, 0.975))
    left.fill_between(_LEVELS, low, high, color=_BAND, alpha=0.25, linewidth=0)
    left.plot([0, 1], [0, 1], color=_BAND, linewidth=1)
    left.plot(_LEVELS, observed, color=_INSIDE, linewidth=1.2, zorder=1)
    left.scatter(_LEVELS[bounded], observed[bounded], color=_INSIDE, s=22, zorder=2)
    if not bounded.all():
        left.scatter(
            _LEVELS[~bounded], observed[~bounded], s=22, zorder=2,
            facecolors="white", edgecolors=_OUTSIDE, label="some intervals unbounded",
        )  # fmt: skip
        left.legend(frameon=False, loc="upper left")
    left.set(xlim=(0, 1), ylim=(0, 1.02), xlabel="Expected coverage", ylabel="Observed coverage")
    left.set_title(f"{n} conditions, {int((~np.isnan(y)).sum())} values", fontsize=10)
    ranks = found.pit(y)
    ranks = ranks[~np.isnan(ranks)]
    right.hist(ranks, bins=_BINS, range=(0, 1), density=True, color=_INSIDE, alpha=0.85, edgecolor="white")
    spread = stats.binom.ppf([0.025, 0.975], n, 1 / _BINS) / n * _BINS
    right.axhspan(*spread, color=_BAND, alpha=0.25, linewidth=0)
    right.axhline(1.0, color=_BAND, linewidth=1)
    right.set(xlim=(0, 1), xlabel="Predicted probability below the measurement (PIT)", ylabel="Density")
    right.set_title("right intervals: flat" if ranks.size else "no value has a distribution", fontsize=10)
    return left, right


def prediction_bands(
    predicted: AnnData,
    readout: str,
    data: AnnData | PerturbationData | None = None,
    *,
    ax: Axes | None = None,
) -> Axes:
    """Draw the intervals of one readout over conditions, sorted by what is predicted, and what was measured.

    Parameters
    ----------
    predicted
        What `hc.predict` returns for an ensemble.
    readout
        Name of a node.
    data
        The same conditions, measured; points outside of their interval stand out.
    ax
        Axes to draw on; by default new ones.

    Returns
    -------
    matplotlib.axes.Axes
        Unbounded intervals fill the height of the axes, and the title says how many there are.

    Raises
    ------
    UnknownNameError
        For a readout that is not predicted, or not in the data.
    InvalidValueError
        When the prediction has no intervals, or the data other conditions.

    Examples
    --------
    >>> import hybridcell as hc, jax.random as jr
    >>> train, test = hc.split(hc.datasets.demo(seed=0), by="random")
    >>> model = hc.CellBox.from_data(train, key=jr.key(0))
    >>> ensemble = hc.fit_ensemble(model, train, n=1, steps=10, key=jr.key(1))
    >>> hc.pl.prediction_bands(hc.predict(ensemble, test), test.var_names[0], test).get_ylabel()
    'EGFR'
    """
    import matplotlib.pyplot as plt

    names = list(predicted.var_names)
    if readout not in names:
        raise unknown_name("readout", readout, names)
    if "lower" not in predicted.layers:
        raise InvalidValueError(
            "The prediction has no intervals: it is that of a single model, not an Ensemble."
        )
    column = names.index(readout)
    middle = np.asarray(predicted.layers["predicted"])[:, column]
    low, high = (np.asarray(predicted.layers[name])[:, column] for name in ("lower", "upper"))
    measured = np.full(len(middle), np.nan)
    if data is not None:
        screen = as_perturbation_data(data)
        if readout not in screen.readouts:
            raise unknown_name("readout", readout, screen.readouts)
        if len(screen) != len(middle):
            raise InvalidValueError(
                f"The data have {len(screen)} conditions and the prediction {len(middle)}."
            )
        for i, (own, other) in enumerate(zip(screen.conditions, predicted.obs_names), start=1):
            if own != other:
                raise InvalidValueError(
                    f"Condition {i} of the data is {own!r}, that of the prediction {other!r}; wanted the "
                    "same conditions in the same order."
                )
        measured = screen.values[:, screen.readouts.index(readout)]
    order = np.argsort(middle, kind="stable")
    middle, low, high, measured = (a[order] for a in (middle, low, high, measured))
    ax = plt.subplots(figsize=(6.4, 3.6), layout="constrained")[1] if ax is None else ax
    place = np.arange(len(middle))
    bounded = np.isfinite(low) & np.isfinite(high)
    ax.vlines(place[bounded], low[bounded], high[bounded], color=_BAND, alpha=0.55, linewidth=4)
    for x in place[~bounded]:
        ax.axvspan(x - 0.25, x + 0.25, color=_BAND, alpha=0.15, linewidth=0)
    ax.plot(place, middle, "_", color="black", markersize=7, label="predicted")
    inside = (measured >= low) & (measured <= high)
    for kind, color, rows in (("inside", _INSIDE, inside), ("outside", _OUTSIDE, ~inside)):
        rows = rows & ~np.isnan(measured)
        if rows.any():
            ax.plot(place[rows], measured[rows], "o", color=color, markersize=4, label=f"measured, {kind}")
    level = predicted.uns.get("hybridcell", {}).get("interval", {}).get("level", float("nan"))
    title = f"Intervals at the level {level:g}"
    if not bounded.all():
        title += f", {int((~bounded).sum())} of {len(place)} unbounded"
    ax.set_title(title, fontsize=10)
    ax.set(xlabel="Conditions, by prediction", ylabel=readout, xlim=(-1, len(place)))
    ax.legend(frameon=False, fontsize=8)
    return ax
