"""What a posterior expects at the measurements, with and without noise."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell._core.errors import InvalidValueError, unknown_name
from hybridcell.plot.posterior import CHAIN_COLORS, grid_of, say

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from hybridcell.infer.posterior.posterior import Posterior


def posterior_bands(
    posterior: Posterior,
    *,
    level: float = 0.9,
    n: int = 200,
    observables: Sequence[str] | str | None = None,
    axes: Sequence[Axes] | None = None,
) -> np.ndarray:
    """Draw what a posterior expects at the measurements, beside these.

    Parameters
    ----------
    posterior
        Of a `PetabProblem` or of a fit of a network.
    level
        Of the bands.
    n
        Draws that are simulated.
    observables
        Ids of those to draw; by default all.
    axes
        One for each observable; by default those of a new figure.

    Returns
    -------
    ndarray of matplotlib.axes.Axes
        Lines: means over draws. Dark bands: of what is expected (epistemic); light ones: of measurements,
        with their noise (and so wider). Points are measurements; a color for each condition.

    Raises
    ------
    UnknownNameError
        If nothing of that name is measured.
    InvalidValueError
        If the posterior is one of a function, or there are not as many axes as observables.

    Examples
    --------
    >>> import hybridcell as hc
    >>> import numpy as np
    >>> from hybridcell.infer.target import as_target
    >>> problem = hc.read_petab(hc.networks.load("jak_stat").petab)
    >>> near = problem.nominal + np.random.default_rng(0).normal(0.0, 0.01, (1, 8, len(problem.nominal)))
    >>> draws = hc.infer.Posterior(as_target(problem, at=problem.nominal), near, np.zeros((1, 8)), "nuts")
    >>> [ax.get_title(loc="left") for ax in hc.pl.posterior_bands(draws, n=8)]
    ['phosphorylated', 'cytoplasmic', 'ratio']
    """
    table = posterior.predict(level, n=n)
    known = list(dict.fromkeys(table["observable"]))
    chosen = (
        known if observables is None else [observables] if isinstance(observables, str) else list(observables)
    )
    for id in chosen:
        if id not in known:
            raise unknown_name("observable with measurements", id, known)
    grid = _panels_of(len(chosen), axes)
    conditions = list(dict.fromkeys(table["condition"]))
    for ax, id in zip(grid, chosen):
        _band_panel(ax, table.loc[table["observable"] == id], id, conditions, level)
    say(grid, posterior, new=axes is None)
    return grid


def _panels_of(n: int, axes: Any) -> np.ndarray:
    if n < 1:
        raise InvalidValueError("There are no observables to draw; wanted at least one.")
    if axes is not None:
        given = np.ravel(np.asarray(axes, dtype=object))
        if len(given) < n:
            raise InvalidValueError(f"There are {len(given)} axes for {n} observables; wanted one for each.")
        return given[:n]
    columns = min(n, 3)
    grid = grid_of(-(-n // columns), columns, None, size=(3.2, 2.6)).ravel()
    for ax in grid[n:]:
        ax.remove()
    return grid[:n]


def _band_panel(ax: Axes, table: pd.DataFrame, id: str, conditions: list[str], level: float) -> None:
    for condition, part in table.groupby("condition", sort=False):
        color = CHAIN_COLORS[conditions.index(str(condition)) % len(CHAIN_COLORS)]
        part = part.loc[np.isfinite(part["time"])].sort_values(by="time")
        once = part.drop_duplicates("time")
        x = once["time"].to_numpy(float)
        if len(x) > 1:
            ax.fill_between(x, once["lower"], once["upper"], color=color, alpha=0.13, linewidth=0)
            ax.fill_between(
                x, once["lower_expected"], once["upper_expected"], color=color, alpha=0.35, linewidth=0
            )
        else:
            bars = np.abs(once[["lower", "upper"]].to_numpy(float) - once[["mean"]].to_numpy(float)).T
            ax.errorbar(x, once["mean"], yerr=bars, color=color, linewidth=4, alpha=0.25)
        label = str(condition) if len(conditions) > 1 else None
        ax.plot(x, once["mean"], color=color, linewidth=1.4, label=label)
        ax.scatter(
            part["time"], part["measurement"], s=12, color=color, edgecolors="white", linewidths=0.4, zorder=3
        )
    ax.set_title(textwrap.shorten(id, 34, placeholder="…"), fontsize="medium", loc="left")
    ax.set_xlabel(f"Time (bands: {level:.0%})", fontsize="small")
    ax.tick_params(labelsize="small")
    ax.spines[["top", "right"]].set_visible(False)
    if 1 < len(conditions) <= 8:
        ax.legend(frameon=False, fontsize="x-small")
