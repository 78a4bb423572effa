"""`hc.predict_triples`: what three perturbations do together, from what one and two of them do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from hybridcell._core.errors import InvalidValueError, check_choice
from hybridcell._core.number_checks import checked_share, is_finite_number
from hybridcell.therapy.pairs import predict_pairs
from hybridcell.therapy.pairs.reading import (
    least_effect,
    positions,
    read_measured,
    read_singles,
    sets_of_names,
)
from hybridcell.therapy.triples.rules import BASES, RULES, Built, build

if TYPE_CHECKING:
    import pandas as pd

#: Shares of the correction that measured triples choose among, and how many triples it takes to choose.
_SHARES, _LEAST = np.linspace(0.0, 1.2, 13), 4


def predict_triples(
    singles: Mapping[str, float] | pd.Series,
    pairs: pd.DataFrame,
    triples: Iterable[tuple[str, str, str]] | None = None,
    *,
    measured: pd.DataFrame | None = None,
    scale: str = "relative",
    sd: float | None = None,
    level: float = 0.9,
) -> pd.DataFrame:
    """Predict the effects of three perturbations together from singles and measured pairs, without a model.

    Of what is left (the viability, g), g_abc = g_ab g_c + g_ac g_b + g_bc g_a - 2 g_a g_b g_c: pairs
    interact, three do nothing that pairs do not (Isserlis' rule). Logarithms of ratios, which may also rise,
    are added: e_ab + e_ac + e_bc - e_a - e_b - e_c, of which correction of independence .6 is taken. With
    `sd`, less is taken, as much as is best where effects were measured with that error. Measured triples,
    four at least, choose rule and part themselves, by how well they predict. A relative change is no less
    than -1 (nothing is left), unless a measured one is.

    Parameters
    ----------
    singles : dict or Series
        Name -> effect alone, 0 for none. A drug at several doses has several names ("A 0.5", "A 2").
    pairs : DataFrame
        Columns a, b, effect: measured pairs. A pair that was not measured is predicted by
        `hc.predict_pairs`.
    triples : iterable of (str, str, str), optional
        Triples to predict; default: all whose three pairs were measured.
    measured : DataFrame, optional
        Columns a, b, c, effect: triples that were measured.
    scale : {"relative", "log2", "ln", "log10"}
        What effects are: relative changes (-0.4: 40 % less), or logarithms of a ratio.
    sd : float, optional
        Standard deviation of the measurement error of an effect; None: effects are taken as exact.
    level : float
        Of the intervals, which come from errors on measured triples left out.

    Returns
    -------
    DataFrame
        a, b, c, predicted, lower, upper (NaN without measured triples), independent (what Bliss independence
        of the singles gives), epistasis (predicted minus independent), pairs_measured (0 to 3).
        ``attrs`` holds "rule" and "share", the part of the correction that was taken.

    Raises
    ------
    UnknownNameError
        On a pair or triple of which one has no single effect.
    DataError
        On effects that are not numbers, a perturbation twice in a pair or triple, one measured twice.
    InvalidValueError
        On another scale, an sd below 0, a level outside 0 to 1, fewer than three singles.

    References
    ----------
    Wood, Nishida, Sontag and Cluzel, Mechanism-independent method for predicting response to multidrug
    combinations in bacteria, PNAS 109 (2012) 12254-12259.

    Examples
    --------
    >>> import pandas as pd
    >>> from hybridcell.therapy import predict_triples
    >>> pairs = pd.DataFrame({"a": ["A", "A", "B"], "b": ["B", "C", "C"], "effect": [-0.5, -0.6, -0.7]})
    >>> found = predict_triples({"A": -0.4, "B": -0.5, "C": -0.5}, pairs)
    >>> found[["predicted", "independent"]].round(3).values.tolist()
    [[-0.67, -0.85]]
    """
    import pandas as pd

    check_choice("scale", scale, BASES)
    level = checked_share("level", level, 0.9)
    if sd is not None and not (is_finite_number(sd) and sd >= 0):
        raise InvalidValueError(f"sd is {sd!r}; wanted a number, 0 or more, or None.")
    names, alone = read_singles(singles, least=3)
    position = {name: k for k, name in enumerate(names)}
    (i, j), values = read_measured(pairs, position)
    together, known = _all_pairs(names, alone, i, j, values, scale)
    wanted = _wanted(names, known) if triples is None else sets_of_names(triples)
    at = positions(wanted, position, "asked for", size=3)
    half, chosen, floor = np.full(len(wanted), np.nan), None, least_effect(scale, alone, values)
    if measured is not None:
        there, effects = read_measured(measured, position, size=3)
        floor = min(floor, least_effect(scale, effects))
        if len(effects) >= _LEAST:
            rivals = {rule: build(*_parts(alone, together, there), rule=rule, scale=scale) for rule in RULES}
            chosen, errors = _choose(rivals, effects, floor)
            rank = min(int(np.ceil(level * (len(errors) + 1))), len(errors))
            half[:] = np.sort(errors)[rank - 1]
    rule = chosen[0] if chosen is not None else "isserlis" if scale == "relative" else "additive"
    built = build(*_parts(alone, together, at), rule=rule, scale=scale)
    if chosen is not None:
        share = chosen[1]
    else:
        share = built.share_for(sd, RULES[rule]) if sd and len(wanted) else RULES[rule]
    predicted, independent = np.maximum(built.effects(share), floor), built.effects(0.0)
    found = pd.DataFrame({name: [one[k] for one in wanted] for k, name in enumerate("abc")})
    found["predicted"] = predicted
    found["lower"], found["upper"] = np.maximum(predicted - half, floor), predicted + half
    found["independent"], found["epistasis"] = independent, predicted - independent
    found["pairs_measured"] = sum(known[at[x], at[y]].astype(int) for x, y in ((0, 1), (0, 2), (1, 2)))
    found.attrs = {"rule": rule, "share": float(share)}
    return found


def _all_pairs(
    names: list[str], alone: np.ndarray, i: np.ndarray, j: np.ndarray, values: np.ndarray, scale: str
) -> tuple[Float[np.ndarray, "n n"], np.ndarray]:
    """Return effects of all pairs, those not measured predicted, and which were measured."""
    import pandas as pd

    n = len(names)
    together, known = np.full((n, n), np.nan), np.zeros((n, n), dtype=bool)
    together[i, j] = together[j, i] = values
    known[i, j] = known[j, i] = True
    missing = [(a, b) for a, b in combinations(range(n), 2) if not known[a, b]]
    if missing:
        measured = pd.DataFrame({"a": np.array(names)[i], "b": np.array(names)[j], "effect": values})
        guess = predict_pairs(
            dict(zip(names, alone)),
            [(names[a], names[b]) for a, b in missing],
            measured=measured,
            scale="relative" if scale == "relative" else "log",
        )["predicted"]
        rows, columns = np.array(missing).T
        together[rows, columns] = together[columns, rows] = guess.to_numpy()
    return together, known


def _wanted(names: list[str], known: np.ndarray) -> list[tuple[str, ...]]:
    three = combinations(range(len(names)), 3)
    return [
        (names[a], names[b], names[c]) for a, b, c in three if known[a, b] and known[a, c] and known[b, c]
    ]


def _parts(
    alone: np.ndarray, together: np.ndarray, at: tuple[np.ndarray, ...]
) -> tuple[Float[np.ndarray, "k 3"], Float[np.ndarray, "k 3"]]:
    a, b, c = at
    return (
        np.stack([alone[a], alone[b], alone[c]], axis=1),
        np.stack([together[a, b], together[a, c], together[b, c]], axis=1),
    )


def _choose(
    rivals: dict[str, Built], effects: Float[np.ndarray, " k"], floor: float
) -> tuple[tuple[str, float], Float[np.ndarray, " k"]]:
    """Return the best rule and share, and absolute errors where each triple was left out of the choice."""
    ways = [(rule, float(share)) for rule in rivals for share in _SHARES]
    errors = np.array([np.maximum(rivals[rule].effects(share), floor) - effects for rule, share in ways])
    squares = errors**2
    total = squares.sum(axis=1, keepdims=True)
    without = np.argmin(total - squares, axis=0)
    left_out = np.abs(errors[without, np.arange(len(effects))])
    return ways[int(np.argmin(total[:, 0]))], left_out
