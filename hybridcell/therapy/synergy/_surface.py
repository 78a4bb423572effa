"""What every synergy model asks of a response surface, checked once."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from hybridcell._core.errors import InvalidValueError, check_choice

KINDS = ("inhibition", "viability")
#: Noise carries measured fractions below 0 and above 1 (a well with 1.9 times the growth of the control is
#: seen); percentages go far beyond.
_BEYOND = 3.0
#: As far as noise puts the untreated wells.
_NOISE = 0.2


def inhibition_surface(responses: Any, doses: Sequence[Any], kind: str) -> np.ndarray:
    """Return the checked surface as inhibition (0: as untreated, 1: full effect), one axis per drug.

    Position 0 of every axis is dose 0: the margins are the drugs alone.
    """
    check_choice("kind", kind, KINDS)
    names = [f"doses_{chr(ord('a') + i)}" for i in range(len(doses))]
    levels = [_dose_axis(name, axis) for name, axis in zip(names, doses)]
    surface = _numbers("responses", responses)
    wanted = tuple(len(axis) for axis in levels)
    if surface.shape != wanted:
        turned = " It is the other way round: transpose it." if surface.shape == wanted[::-1] else ""
        for axis in range(surface.ndim) if surface.ndim == len(wanted) + 1 else ():
            if surface.shape[:axis] + surface.shape[axis + 1 :] == wanted:
                turned = f" If one axis counts replicates, average them: np.mean(responses, axis={axis})."
        raise InvalidValueError(
            f"responses have shape {surface.shape}; wanted {' x '.join(f'len({name})' for name in names)}, "
            f"which is {wanted}.{turned}"
        )
    _check_labels(responses, levels)
    _check_range(surface)
    _check_direction(surface, kind)
    return surface if kind == "inhibition" else 1.0 - surface


def replicate_surfaces(responses: Any, doses: Sequence[Any], kind: str) -> np.ndarray:
    """Return checked surfaces of inhibition, replicates first; one surface is one replicate."""
    given = _numbers("responses", responses)
    each = given if given.ndim == len(doses) + 1 else [responses]
    if not len(each):
        raise InvalidValueError(f"responses have shape {given.shape}; wanted one replicate at least.")
    return np.stack([inhibition_surface(one, doses, kind) for one in each])


def alone_effects(surface: np.ndarray) -> np.ndarray:
    """Return what each drug does alone at each point of a surface, with one more axis: the drugs."""
    n = surface.ndim
    margins = [
        surface[tuple(slice(None) if i == drug else slice(0, 1) for i in range(n))] for drug in range(n)
    ]
    return np.stack(np.broadcast_arrays(*margins), axis=-1)


def only_combinations(excess: np.ndarray, surface: np.ndarray, nothing: float = 0.0) -> np.ndarray:
    """Return the excess with its margins exactly `nothing`: one drug alone has no synergy, rounding apart."""
    margin = (np.indices(excess.shape) > 0).sum(axis=0) < 2
    return np.where(margin & ~np.isnan(surface), nothing, excess)


def _numbers(what: str, values: Any) -> np.ndarray:
    try:
        return np.array(values, dtype=float)
    except (TypeError, ValueError):
        raise InvalidValueError(f"{what} are {values!r:.60}; wanted numbers.") from None


def _dose_axis(what: str, doses: Any) -> np.ndarray:
    axis = _numbers(what, doses)
    if axis.ndim != 1 or len(axis) < 2:
        raise InvalidValueError(
            f"{what} has shape {axis.shape}; wanted a list of at least two doses, 0 first."
        )
    if not np.isfinite(axis).all():
        raise InvalidValueError(f"{what} holds {axis[~np.isfinite(axis)][0]}; wanted finite doses.")
    if (axis < 0).any():
        raise InvalidValueError(
            f"{what} holds {axis.min():g}; wanted doses of 0 or more. Of signed strengths give the "
            "absolute value."
        )
    if (np.diff(axis) <= 0).any():
        i = int(np.argmax(np.diff(axis) <= 0))
        raise InvalidValueError(
            f"{what} is not in rising order: {axis[i]:g} is followed by {axis[i + 1]:g}. Sort the doses, "
            "and the responses with them; average replicates first."
        )
    if axis[0] != 0:
        raise InvalidValueError(
            f"{what} starts at {axis[0]:g}; wanted 0 first. What each drug does alone is read where the "
            "others' dose is 0."
        )
    return axis


def _check_labels(responses: Any, levels: Sequence[np.ndarray]) -> None:
    """Refuse a table whose own doses, in its index and columns, stand otherwise than those given."""
    try:
        rows, columns = (np.asarray(axis, dtype=float) for axis in (responses.index, responses.columns))
    except (AttributeError, TypeError, ValueError):
        return  # no table, or names of another kind
    a, b = levels
    if np.array_equal(rows, b) and np.array_equal(columns, a) and not np.array_equal(a, b):
        raise InvalidValueError(
            "responses have the doses of the second drug in their rows and those of the first in their "
            "columns; wanted the first in rows. It is the other way round: transpose it."
        )
    for what, found, wanted in (("rows", rows, a), ("columns", columns, b)):
        if not np.array_equal(found, wanted) and np.array_equal(np.sort(found), wanted):
            shown = ", ".join(f"{dose:g}" for dose in found)
            raise InvalidValueError(
                f"The {what} of responses are at the doses {shown}; wanted them in rising order, as "
                "the doses given: responses.sort_index().sort_index(axis=1)."
            )


def _check_range(surface: np.ndarray) -> None:
    wrong = np.isinf(surface) | (np.abs(surface) > _BEYOND)
    if not wrong.any():
        return
    index = tuple(int(i) for i in np.argwhere(wrong)[0])
    raise InvalidValueError(
        f"responses[{', '.join(map(str, index))}] is {surface[index]:g}; wanted fractions, 0 to 1 but for "
        "noise. Divide percentages by 100."
    )


def _check_direction(surface: np.ndarray, kind: str) -> None:
    control = surface[(0,) * surface.ndim]
    expected, other = (0.0, "viability") if kind == "inhibition" else (1.0, "inhibition")
    if abs(control - expected) > 0.5 and abs(control - expected) > abs(control - (1.0 - expected)):
        warnings.warn(
            f"The untreated control has the response {control:.3g}, but {kind} starts at {expected:g}. If "
            f"the responses are {other}, say kind={other!r}.",
            UserWarning,
            stacklevel=4,
        )
    elif abs(control - expected) > _NOISE:
        others = "responses / control" if kind == "viability" else "1 - (1 - responses) / (1 - control)"
        warnings.warn(
            f"The untreated control has the response {control:.3g}, but {kind} starts at {expected:g}: "
            f"wanted fractions of the control, as from {others}, with the mean of the untreated wells as "
            "control.",
            UserWarning,
            stacklevel=4,
        )
