"""One run of a network under one set of constants."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from hybridcell.mechanisms.reactions.equations import Equations
from hybridcell.simulate.kinetics.interpreted.failure import Failure
from hybridcell.simulate.kinetics.interpreted.field import Field
from hybridcell.simulate.kinetics.interpreted.march import March
from hybridcell.simulate.kinetics.interpreted.programs import programs_of
from hybridcell.simulate.kinetics.tolerance import default_atol, default_atols
from hybridcell.simulate.solve import Solve


@dataclass(frozen=True, kw_only=True, eq=False)
class Run:
    """What a run gives.

    Attributes
    ----------
    x : ndarray, shape (T, n)
        States at the times asked for, NaN from a failure on. At the time of an event: after it.
    delayed : ndarray, shape (T, k)
        Values of the network's delay terms.
    result : str
        "success", or why the run did not get to its end.
    method : str
        The integrator.
    """

    x: Float[np.ndarray, "t n"]
    delayed: Float[np.ndarray, "t k"]
    result: str
    method: str


def integrate_interpreted(
    equations: Equations,
    p: Float[np.ndarray, " m"],
    *,
    t0: float,
    ts: Float[np.ndarray, " t"],
    solve: Solve,
    rng: np.random.Generator,
) -> Run:
    """Integrate a network with SciPy's integrators.

    Parameters
    ----------
    equations : Equations
    p : ndarray, shape (m,)
        In the order of ``equations.constants``.
    t0 : float
        Start.
    ts : ndarray, shape (T,)
        Increasing times to report, from t0 on.
    solve : Solve
        "auto" is LSODA, which changes between a stiff and a non-stiff method, and Radau where that gets
        nowhere; "kvaerno5" and "rodas5p" are run by Radau, "tsit5" by RK45, "dopri8" by DOP853.
    rng : numpy Generator
        Decides the order of simultaneous events of equal priority.

    Returns
    -------
    Run
    """
    ts = np.asarray(ts, float)
    if solve.atol is None:
        atol = default_atols(equations, solve.rtol)
        solve = replace(solve, atol=default_atol(equations, solve.rtol))
    else:
        atol = np.full(equations.n, solve.atol)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # integrators warn of what the result says anyway
        field = Field(programs_of(equations), np.asarray(p, float), t0, atol)
        march = March(field, t0=t0, ts=ts, solve=solve, atol=atol, rng=rng)
        result = "success"
        try:
            march.run()
        except Failure as failure:
            result = str(failure)
    return Run(x=march.out, delayed=march.delayed, result=result, method=march.steps.method)
