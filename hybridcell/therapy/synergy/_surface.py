"""What every synergy model asks of a response surface, checked once."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from hybridcell._core.errors import InvalidValueError, check_choice

KINDS = ("inhibition", "viability")


def inhibition_surface(responses: Any, doses_a: Any, doses_b: Any, kind: str) -> np.ndarray:
    """Return the checked surface as inhibition (0: as untreated, 1: full effect), shape (A, B).

    Row 0 and column 0 are the margins: one drug alone.
    """
    check_choice("kind", kind, KINDS)
    levels = [_dose_axis("doses_a", doses_a), _dose_axis("doses_b", doses_b)]
    surface = _numbers("responses", responses)
    wanted = tuple(len(axis) for axis in levels)
    if surface.shape != wanted:
        turned = " It is the other way round: transpose it." if surface.shape == wanted[::-1] else ""
        raise InvalidValueError(
            f"responses have shape {surface.shape}; wanted len(doses_a) x len(doses_b), which is "
            f"{wanted}.{turned}"
        )
    _check_range(surface)
    _check_direction(surface, kind)
    return surface if kind == "inhibition" else 1.0 - surface


def without_margins(excess: np.ndarray) -> np.ndarray:
    """Return the excess with its margins exactly 0: one drug alone has no synergy, rounding apart."""
    excess[0, :] = np.where(np.isnan(excess[0, :]), np.nan, 0.0)
    excess[:, 0] = np.where(np.isnan(excess[:, 0]), np.nan, 0.0)
    return excess


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
            "and the "
            "responses with them; average replicates first."
        )
    if axis[0] != 0:
        raise InvalidValueError(
            f"{what} starts at {axis[0]:g}; wanted 0 first. What each drug does alone is read where the "
            "other's "
            "dose is 0."
        )
    return axis


def _check_range(surface: np.ndarray) -> None:
    wrong = np.isinf(surface) | (surface < 0) | (surface > 1)
    if not wrong.any():
        return
    i, j = np.argwhere(wrong)[0]
    largest = np.nanmax(np.abs(surface))
    mend = (
        "Divide percentages by 100."
        if 1.5 < largest <= 150
        else "Noise beyond the ends can be cut by np.clip(responses, 0, 1)."
    )
    raise InvalidValueError(f"responses[{i}, {j}] is {surface[i, j]:g}; wanted fractions from 0 to 1. {mend}")


def _check_direction(surface: np.ndarray, kind: str) -> None:
    control = surface[0, 0]
    expected, other = (0.0, "viability") if kind == "inhibition" else (1.0, "inhibition")
    if abs(control - expected) > 0.5:
        warnings.warn(
            f"The untreated control has the response {control:.3g}, but {kind} starts at {expected:g}. If "
            "the "
            f"responses are {other}, say kind={other!r}.",
            UserWarning,
            stacklevel=4,
        )
