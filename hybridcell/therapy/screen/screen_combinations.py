"""`hc.screen_combinations`: simulate all pairs of drugs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hybridcell._core.ensemble import Ensemble
from hybridcell._core.errors import InvalidValueError, unknown_name
from hybridcell._core.model import AbstractModel
from hybridcell._core.progress import progress_bar
from hybridcell.simulate import Solve
from hybridcell.therapy.effect import EffectScale
from hybridcell.therapy.members import members_of
from hybridcell.therapy.screen.combination_screen import CombinationScreen
from hybridcell.therapy.screen.design import Design, choose_drugs
from hybridcell.therapy.screen.dose_levels import read_levels
from hybridcell.therapy.screen.states import ScreenSolver

#: Most responses (members x conditions) that are kept in memory: 4 GB.
_MOST_RESPONSES = 500_000_000


def screen_combinations(
    model: Any,
    *,
    readout: str,
    drugs: Sequence[str] | None = None,
    doses: int | Sequence[float] | Mapping[str, Sequence[float]] = 8,
    order: int = 2,
    input_range: float | Mapping[str, float] | None = None,
    scale: str = "log2",
    better: str = "lower",
    context: Any = None,
    solve: Solve | None = None,
    progress: bool | None = None,
) -> CombinationScreen:
    """Simulate the steady state of all pairs of drugs over a grid of doses.

    Parameters
    ----------
    model
        A model, a `Fit` or an `Ensemble` (its members that succeeded are screened one by one).
    readout : str
        Node whose response is kept, such as a viability.
    drugs : sequence of str, optional
        Perturbed nodes; by default the perturbations of the training data, or the model's drug nodes.
    doses
        Number of levels per drug, 0 included, evenly spaced up to its largest dose; or one list of levels;
        or a dict drug -> levels. 0 is added where it is missing. Levels are in the model's input: doses, or
        signed strengths u, negative for inhibition.
    order : {2}
        Drugs per combination.
    input_range : float or dict, optional
        Largest level, signed; by default the largest of the training data, drug by drug.
    scale : {"log2", "ln", "log10", "linear"}
        What the responses of the readout are, for the effect between 0 and 1 (see `EffectScale`):
        logarithms of a ratio against the untreated control, or relative changes.
    better : {"lower", "higher"}
        Which way the readout is meant to go.
    context
        Reserved for models of several contexts.
    solve : Solve, optional
        Tolerance and method of the steady states.
    progress : bool, optional
        Show a progress bar.

    Returns
    -------
    CombinationScreen
        Conditions that do not settle to a stable steady state within tolerance are NaN and counted.

    Raises
    ------
    UnknownNameError
        On a drug or readout that the model does not have; the nearest is suggested.
    InvalidValueError
        On doses that are not finite, of the wrong sign or fewer than two, fewer than two drugs, an order
        other than 2, or a screen too large for memory.

    Examples
    --------
    >>> import hybridcell as hc
    >>> model = hc.CellBox(["growth", "a", "b"], ["phenotype", "drug", "drug"],
    ...                    [[0, 1.0, 1.0], [0, 0, 0], [0, 0, 0]])
    >>> screen = hc.screen_combinations(model, readout="growth", doses={"a": [-1, -2], "b": [-1, -2]})
    >>> screen.top(1)[["drug_a", "drug_b", "dose_a", "dose_b"]].values.tolist()
    [['a', 'b', 1.0, 1.0]]
    """
    effect_scale = EffectScale(scale, better)
    members, train = members_of(model)
    first = next(iter(members))
    _check_options(first, readout, order, context)
    known = [kind_name for kind_name, kind in zip(first.names, first.kinds) if kind == "drug"]
    if train is not None:
        known = [name for name in train.perturbations if name in first.names] or known
    chosen = choose_drugs(drugs, first.names, known)
    design = Design(drugs=chosen, levels=read_levels(chosen, doses, input_range, train))
    n_members = members.n if isinstance(members, Ensemble) else 1
    _check_size(design, n_members)
    solver = ScreenSolver(design, first.names, readout, Solve() if solve is None else solve)
    responses = np.empty((n_members, design.n_conditions))
    residual = np.zeros(design.n_conditions)
    with progress_bar(total=n_members * solver.n_chunks, description="screening", show=progress) as bar:
        for m, member in enumerate(members):
            responses[m], r = solver.run(member, bar.update)
            residual = np.maximum(residual, r)
    return CombinationScreen(
        design=design,
        readout=readout,
        kind=first.kinds[first.index(readout)],
        responses=responses,
        residual=residual,
        scale=effect_scale,
        input="strength" if train is None else train.input,
        train=train,
    )


def _check_options(model: AbstractModel, readout: str, order: int, context: Any) -> None:
    if readout not in model.names:
        phenotypes = [name for name, kind in zip(model.names, model.kinds) if kind == "phenotype"]
        raise unknown_name(
            "readout", readout, [*phenotypes, *(n for n in model.names if n not in phenotypes)]
        )
    if order != 2:
        raise InvalidValueError(
            f"order is {order!r}; pairs (order=2) are supported. For other combinations give hc.predict "
            "the conditions."
        )
    if context is not None:
        raise InvalidValueError(
            f"context is {context!r}, but this model knows one context only. Leave context out, or fit one "
            "model per "
            "context."
        )


def _check_size(design: Design, n_members: int) -> None:
    n = n_members * design.n_conditions
    if n > _MOST_RESPONSES:
        raise InvalidValueError(
            f"The screen has {len(design.pairs):,} pairs, {design.n_conditions:,} conditions and "
            f"{n_members:,} members: "
            f"{n * 8 / 1e9:.1f} GB of responses, of which {_MOST_RESPONSES * 8 / 1e9:.0f} GB are allowed. "
            "Screen fewer drugs, levels "
            "or members."
        )
