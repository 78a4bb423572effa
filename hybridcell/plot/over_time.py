"""A simulation over time: lines by what is plotted, and by condition."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from hybridcell._core.errors import InvalidValueError
from hybridcell.plot.drawable import check_drawable
from hybridcell.plot.panels import one_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from hybridcell.simulate import Trajectory

#: Okabe and Ito's colors, which color-blind readers tell apart.
_COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#B8A800")
_DASHES = ("-", "--", ":", "-.")
#: Most lines that are drawn when nobody says which, and most labels of a legend.
_MOST, _LABELS = 8, 16


def trajectory(
    trajectory: Trajectory, names: str | Sequence[str] | None = None, *, ax: Axes | None = None
) -> Axes:
    """Draw what a simulation gave over time.

    Parameters
    ----------
    trajectory
        From `hc.simulate`.
    names
        What to draw: states or, of a reaction network, any ids (species as in its math: concentrations unless
        the file says amounts). Default: the species or nodes that move most, eight of them.
    ax
        Axes to draw on; by default new ones.

    Returns
    -------
    matplotlib.axes.Axes
        One name: a line per condition. Several names: a color per name, and line styles by condition. A line
        ends where its condition failed; a title counts these.

    Raises
    ------
    InvalidValueError
        When there is nothing to draw.
    UnknownNameError
        When the trajectory does not have a name.

    Examples
    --------
    >>> import hybridcell as hc
    >>> net = hc.read_sbml(hc.networks.load("p53_mdm2"))
    >>> found = hc.simulate(net, t1=30.0, solve=hc.Solve(backend="numpy"))
    >>> ax = hc.pl.trajectory(found, ["p53", "Mdm2"])
    >>> ax.get_xlabel(), [line.get_label() for line in ax.get_lines()]
    ('Time (hour)', ['p53', 'Mdm2'])
    """
    check_drawable("trajectory", trajectory, "ts", "conditions", wanted="a Trajectory, from hc.simulate")
    chosen = [names] if isinstance(names, str) else _most_moving(trajectory) if names is None else [*names]
    if not chosen:
        raise InvalidValueError("There is nothing to draw: no names are given, or nothing changes over time.")
    values = {name: trajectory[name] for name in chosen}
    ax = one_axes(ax)
    conditions = trajectory.conditions
    if len(chosen) == 1:
        _draw_conditions(ax, trajectory, values[chosen[0]])
        ax.set_ylabel(chosen[0])
    else:
        for i, (name, rows) in enumerate(values.items()):
            for c, (condition, row) in enumerate(zip(conditions, rows)):
                label = name if len(conditions) == 1 else f"{name}, {condition}"
                dashes = _DASHES[c % len(_DASHES)]
                ax.plot(trajectory.ts, row, color=_COLORS[i % len(_COLORS)], linestyle=dashes, label=label)
        ax.set_ylabel(_value_label(trajectory))
    if 1 < len(ax.get_lines()) <= _LABELS:
        # beside the lines: oscillations leave no free corner
        ax.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    failed = int(np.count_nonzero(~np.asarray(trajectory.success)))
    if failed:
        n = len(conditions)
        said = "It failed" if n == 1 else f"{failed} of {n} conditions failed"
        ax.set_title(f"{said}: see .result", loc="left", fontsize="medium")
    ax.set_xlabel(_time_label(trajectory))
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def _draw_conditions(ax: Axes, trajectory: Trajectory, rows: np.ndarray) -> None:
    """Draw one quantity, by condition: distinct colors for a few, shades in order for many."""
    import matplotlib

    if len(rows) <= len(_COLORS):
        colors = list(_COLORS)
    else:
        colors = list(matplotlib.colormaps["viridis"](np.linspace(0, 0.92, len(rows))))
    for row, condition, color in zip(rows, trajectory.conditions, colors):
        ax.plot(trajectory.ts, row, color=color, label=condition)


def _most_moving(trajectory: Trajectory) -> list[str]:
    """Return the names whose values span most, species or nodes before anything else."""
    measured = [
        name for name, kind in zip(trajectory.names, trajectory.kinds) if kind not in ("drug", "compartment")
    ]
    species = [name for name, kind in zip(trajectory.names, trajectory.kinds) if kind == "species"]
    candidates = species or measured
    with np.errstate(invalid="ignore"):
        spans = {name: float(np.nan_to_num(_span(trajectory[name]))) for name in candidates}
    largest = sorted(candidates, key=lambda name: -spans[name])[:_MOST]
    return [name for name in candidates if name in largest and spans[name] > 0]


def _span(values: np.ndarray) -> float:
    finite = values[np.isfinite(values)]
    return float(np.ptp(finite)) if finite.size else 0.0


def _value_label(trajectory: Trajectory) -> str:
    """Return what several quantities have in common: units of a network may differ from one to the next."""
    reactions = getattr(trajectory, "network", None) is not None
    return "Value, as the network has it" if reactions else "State"


def _time_label(trajectory: Trajectory) -> str:
    definition = getattr(getattr(trajectory, "network", None), "definition", None)
    unit = getattr(definition, "time_unit", "")
    named = {one.id: one.name for one in getattr(definition, "units", ())}
    unit = named.get(unit) or unit
    return f"Time ({unit})" if unit and unit != "dimensionless" else "Time"
