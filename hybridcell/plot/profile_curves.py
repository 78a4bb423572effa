"""Profile likelihoods: a small panel for each parameter, with its interval, or why it has none."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from hybridcell._core.errors import unknown_name
from hybridcell.infer.profiles.result import IDENTIFIABLE, PRACTICALLY_NOT
from hybridcell.infer.profiles.walk import AT_BOUND, CROSSED
from hybridcell.plot.panels import panels_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from hybridcell.infer.profiles.result import Profiles

_GOOD, _OPEN, _FLAT, _LINE = "#0072B2", "#D55E00", "#CC79A7", "#8A94A0"
#: Heights are drawn up to this many thresholds.
_TOP = 1.6
#: Points of a curve between two computed ones.
_BETWEEN = 24


def profiles(
    found: Profiles, *, parameters: Sequence[str] | str | None = None, axes: Sequence[Axes] | None = None
) -> np.ndarray:
    """Draw profile likelihoods.

    Parameters
    ----------
    found
        From `hc.infer.profiles`.
    parameters
        Names of those to draw; by default all. About thirty panels are readable.
    axes
        One for each parameter; by default those of a new figure.

    Returns
    -------
    ndarray of matplotlib.axes.Axes
        Rises of the objective while the others are re-optimized (points: computed; curves: cubics through
        them with their slopes), the threshold, and the interval below it, shaded. A side that never reaches
        the threshold is open, and the panel says why; a flat profile is called flat.

    Raises
    ------
    UnknownNameError
        If there is no profile of a parameter.
    InvalidValueError
        If there are fewer axes than parameters.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> from hybridcell.fit.estimation import FunctionObjective
    >>> from hybridcell.infer.profiles.profiles import profiles as compute
    >>> from hybridcell.plot.profile_curves import profiles
    >>> bowl = FunctionObjective(["a"], [-5], [5], residuals=lambda p: p)
    >>> [ax.get_title(loc="left") for ax in profiles(compute(bowl, at=[0.0]))]
    ['a']
    """
    chosen = _chosen(found, parameters)
    panels = panels_of(len(chosen), axes, what="profiles", size=(2.6, 2.3), least=4.0, more=0.3)
    for place, (ax, name) in enumerate(zip(panels, chosen)):
        _panel(ax, found, name, first=place == 0)
    if axes is None and found.notes:
        text = "\n".join(textwrap.wrap("; ".join(found.notes), 110)[:4])
        panels[0].figure.supxlabel(text, fontsize="small", color=_OPEN, ha="left", x=0.02)
    return panels


def _chosen(found: Profiles, parameters: Sequence[str] | str | None) -> list[str]:
    if parameters is None:
        return list(found.names)
    wanted = [parameters] if isinstance(parameters, str) else list(parameters)
    for name in wanted:
        if name not in found.names:
            raise unknown_name("parameter with a profile", name, found.names)
    return wanted


def _panel(ax: Axes, found: Profiles, name: str, *, first: bool) -> None:
    row, curve = found.table.loc[name], found.curve(name)
    verdict = str(row["verdict"])
    color = {IDENTIFIABLE: _GOOD, PRACTICALLY_NOT: _OPEN}.get(verdict, _FLAT)
    x, y = _smooth(curve)
    top = _TOP * found.threshold
    low, high = _ends(row, curve)
    ax.axvspan(low, high, color=color, alpha=0.10, linewidth=0)
    ax.axhline(found.threshold, color=_LINE, linewidth=1.0, linestyle="--", zorder=1)
    ax.plot(x, y, color=color, linewidth=1.6, zorder=2, solid_capstyle="round")
    inside = curve["rise"] <= top
    ax.scatter(curve["value"][inside], curve["rise"][inside], s=11, color=color, zorder=3)
    ax.plot(row["estimate"], 0.0, marker="*", color="#222222", markersize=8, zorder=4)
    ax.set_ylim(-0.06 * top, top)
    _x_limits(ax, low, high, curve)
    ax.set_title(textwrap.shorten(name, 32, placeholder="…"), fontsize="medium", loc="left")
    scale = str(row["scale"])
    ax.set_xlabel("value" if scale == "lin" else f"{scale} of value", fontsize="small")
    if first:
        ax.set_ylabel("rise of the objective", fontsize="small")
        ax.annotate(
            f"{found.level:.0%}", (1.0, found.threshold), xycoords=("axes fraction", "data"),
            fontsize="x-small", ha="right", va="bottom", color=_LINE,
        )  # fmt: skip
    _words(ax, row, verdict, color)
    ax.tick_params(labelsize="small")
    ax.spines[["top", "right"]].set_visible(False)


def _words(ax: Axes, row: pd.Series, verdict: str, color: str) -> None:
    """Say what is open or flat."""
    style = {"transform": ax.transAxes, "fontsize": "x-small", "color": color, "va": "top"}
    box = {"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 1.0}
    if verdict not in (IDENTIFIABLE, PRACTICALLY_NOT):
        ax.text(0.5, 0.9, f"{verdict} identifiable: flat", ha="center", bbox=box, **style)
        return
    for side, x, align in (("below", 0.03, "left"), ("above", 0.97, "right")):
        reason = str(row[side])
        if reason != CROSSED:
            text = "open at the bound" if reason == AT_BOUND else reason
            text = textwrap.fill(text, 22)
            arrow = f"← {text}" if side == "below" else f"{text} →"
            ax.text(x, 0.96 if side == "below" else 0.85, arrow, ha=align, bbox=box, **style)


def _ends(row: pd.Series, curve: pd.DataFrame) -> tuple[float, float]:
    """Return the interval as far as it was followed."""
    low, high = float(row["lower"]), float(row["upper"])
    first, last = float(curve["value"].min()), float(curve["value"].max())
    return (low if np.isfinite(low) else first), (high if np.isfinite(high) else last)


def _x_limits(ax: Axes, low: float, high: float, curve: pd.DataFrame) -> None:
    """Show the interval with a margin, however far above the threshold the walk went."""
    width = high - low
    if width > 0:
        first, last = float(curve["value"].min()), float(curve["value"].max())
        margin = 0.18 * width
        ax.set_xlim(
            max(low - margin, min(first, low) - 0.04 * width),
            min(high + margin, max(last, high) + 0.04 * width),
        )


def _smooth(curve: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return the curve between points: Hermite's cubics, unless these would leave what lies between."""
    x, y, m = (curve[c].to_numpy(float) for c in ("value", "rise", "slope"))
    xs, ys = [x[:1]], [y[:1]]
    t = np.linspace(0, 1, _BETWEEN + 1)[1:]
    for k in range(len(x) - 1):
        h = x[k + 1] - x[k]
        if h <= 0:
            continue
        cubic = (
            (2 * t**3 - 3 * t**2 + 1) * y[k] + (t**3 - 2 * t**2 + t) * h * m[k]
            + (-2 * t**3 + 3 * t**2) * y[k + 1] + (t**3 - t**2) * h * m[k + 1]
        )  # fmt: skip
        low, high = min(y[k], y[k + 1]), max(y[k], y[k + 1])
        slack = 0.25 * (high - low) + 1e-9
        fine = (cubic >= low - slack).all() and (cubic <= high + slack).all()
        xs.append(x[k] + t * h)
        ys.append(cubic if fine else y[k] + t * (y[k + 1] - y[k]))
    return np.concatenate(xs), np.concatenate(ys)
