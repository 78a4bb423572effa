"""`hc.optimize_therapy`: the doses of up to k drugs that do most for a readout within limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hybridcell._core.errors import NotConvergedError
from hybridcell._core.progress import progress_bar
from hybridcell.simulate import Solve
from hybridcell.therapy.members import members_of
from hybridcell.therapy.optimization.plan import TherapyPlan
from hybridcell.therapy.optimization.problem import Problem
from hybridcell.therapy.optimization.requests import (
    Limits,
    broken_limits,
    check_count,
    check_names,
    check_risk,
    read_aim,
    read_budget,
    read_costs,
    read_systems,
    readouts_of,
)
from hybridcell.therapy.optimization.responses import Responses
from hybridcell.therapy.optimization.search import n_ticks, search
from hybridcell.therapy.screen.design import choose_drugs
from hybridcell.therapy.screen.dose_levels import read_levels


def optimize_therapy(
    model: Any,
    *,
    minimize: str | None = None,
    maximize: str | None = None,
    drugs: Sequence[str] | None = None,
    input_range: float | Mapping[str, float] | None = None,
    max_drugs: int = 3,
    budget: float | None = None,
    costs: Mapping[str, float] | None = None,
    limits: Limits | None = None,
    healthy: Any = None,
    healthy_limits: Limits | None = None,
    risk: str = "mean",
    tail: float = 0.2,
    n_starts: int = 3,
    solve: Solve | None = None,
    progress: bool | None = None,
    seed: int = 0,
) -> TherapyPlan:
    """Find the drugs and doses that bring a readout furthest at steady state, by gradients in the doses.

    Parameters
    ----------
    model
        A model, a `Fit` or an `Ensemble`.
    minimize, maximize : str
        The readout (a node) to lower or to raise; one of the two.
    drugs : sequence of str, optional
        Perturbed nodes to choose among; by default the perturbations of the training data, or the drug nodes.
    input_range : float or dict, optional
        Largest dose (or signed strength), of all drugs or drug by drug; by default that of the training data.
    max_drugs : int
        Most drugs in the therapy.
    budget : float, optional
        Most that the therapy may cost: the sum over drugs of \\|dose\\| times its cost.
    costs : dict, optional
        Cost per unit of dose, 1 where none is given.
    limits : dict, optional
        Readout -> (lowest, highest) allowed value; None for no bound on that side.
    healthy : model, optional
        A second model, such as that of a healthy cell line, under the same doses.
    healthy_limits : dict, optional
        Limits on the readouts of `healthy`: what is toxic.
    risk : {"mean", "worst", "cvar"}
        What counts over the members of an ensemble, for the aim and for each limit: the weighted mean, the
        worst member, or the mean of the worst `tail`.
    tail : float
        Share of the members for "cvar".
    n_starts : int
        Starts for each set of drugs.
    solve : Solve, optional
        Tolerance of the steady states.
    progress : bool, optional
        Show a progress bar.
    seed : int
        Of the random starts.

    Returns
    -------
    TherapyPlan
        The best therapy and its rivals, each state of which is certified; compare it with a grid by
        ``plan.compare_with_grid()``, trace what a limit costs by ``plan.pareto(...)``.

    Raises
    ------
    UnknownNameError
        On a drug or readout that a model does not have; the nearest is suggested.
    InvalidValueError
        When the aim is missing or double, a number is out of range, limits are empty or crossed, or an aim
        or a limit is one of a drug.
    NotConvergedError
        When no doses keep the limits; the message says which limit is in the way, and by how much.

    Notes
    -----
    Slopes come from the implicit function theorem at each steady state. Sets of drugs are searched side by
    side from several starts by sequential quadratic programming; the quarter that does best after three
    steps is gone on with to the end. The best point of a search from finitely many starts need not be the
    global one: see ``compare_with_grid``.

    References
    ----------
    Kraft, DFVLR-FB 88-28 (1988), for the method (SLSQP).

    Examples
    --------
    >>> import hybridcell as hc
    >>> model = hc.CellBox(["growth", "stress", "a", "b"], ["phenotype", "phenotype", "drug", "drug"],
    ...                    [[0, 0, 1.0, 0.6], [0, 0, -0.8, -0.1], [0, 0, 0, 0], [0, 0, 0, 0]])
    >>> plan = hc.optimize_therapy(model, minimize="growth", input_range=-1.0, limits={"stress": (None, 0.4)})
    >>> plan.drugs
    ('a', 'b')
    >>> {drug: round(dose, 2) for drug, dose in plan.doses.items()}
    {'a': -0.47, 'b': -1.0}
    """
    readout, sign = read_aim(minimize, maximize)
    check_risk(risk, tail)
    check_count("max_drugs", max_drugs)
    check_count("n_starts", n_starts)
    ensembles, asked = read_systems(model, healthy, limits, healthy_limits)
    first, train = ensembles[0].model, members_of(model)[1]
    known = [name for name, kind in zip(first.names, first.kinds) if kind == "drug"]
    if train is not None:
        known = [name for name in train.perturbations if name in first.names] or known
    chosen = choose_drugs(drugs, first.names, known, least=1)
    levels = read_levels(chosen, 2, input_range, train)
    tops = np.array([one[-1] for one in levels])
    systems = []
    for which, one in enumerate(ensembles):
        wanted = readouts_of(which, readout, asked)
        check_names(one.model, wanted, chosen, healthy=which == 1)
        systems.append(Responses(one, chosen, wanted, solve))
    problem = Problem(
        systems=systems,
        readout=readout,
        sign=sign,
        limits=asked,
        tops=tops,
        costs=read_costs(costs, chosen) * np.abs(tops),
        budget=read_budget(budget),
        risk=risk,
        tail=float(tail),
    )
    total = n_ticks(problem, max_drugs=max_drugs, n_starts=n_starts)
    with progress_bar(total=total, description="optimizing", show=progress) as bar:
        found, complete = search(
            problem, max_drugs=max_drugs, n_starts=n_starts, rng=np.random.default_rng(seed), tick=bar.update
        )
    if found[0].excess > 1e-4:
        raise NotConvergedError(_in_the_way(problem, found[0].z))
    return TherapyPlan.of(
        problem, found, max_drugs=max_drugs, n_starts=n_starts, seed=seed, complete=complete
    )


def _in_the_way(problem: Problem, z: np.ndarray) -> str:
    numbers = problem.certified(z[None])[0]
    untreated = problem.certified(np.zeros((1, len(z))))[0, 1:]
    already = any(over > 1e-6 for over in untreated)
    found = broken_limits(problem.limits, numbers[1:])
    return (
        f"No doses were found that keep the limits; closest come doses that break {found}. "
        + ("The untreated control breaks limits, too. " if already else "")
        + "Loosen a limit, raise the budget or the doses, or allow more drugs."
    )
