"""Does libRoadRunner get our numbers from the SBML of a reaction network?"""

from __future__ import annotations

import warnings
from contextlib import suppress
from importlib.util import find_spec
from itertools import count

import numpy as np

from hybridcell.mechanisms.interpreter import Interpreter, rates_of_change
from hybridcell.mechanisms.reactions.equations import Equations
from hybridcell.mechanisms.reactions.network import ReactionNetwork

_RTOL = 1e-9
#: States below this share of the median state are compared on its scale: solvers do not resolve them.
_NOTHING = 1e-6
_N_TIMES = 11
#: Of the right-hand side, in one simulation: some seconds.
_MOST_CALLS = 50_000
#: Networks with more reactions take libRoadRunner many seconds to load.
_LARGEST = 200


def network_deviation(xml: str, network: ReactionNetwork) -> tuple[float | None, str]:
    """Return the largest difference of two trajectories, ours and libRoadRunner's, and over what.

    The difference of a state is relative to its largest value, or to a millionth of what is typical. Only
    networks that both can simulate without more machinery are compared: no events, delays or algebraic
    equations.
    """
    equations = network.equations
    aside = _not_compared(equations)
    if aside:
        return None, aside
    if find_spec("roadrunner") is None:
        return None, "libRoadRunner is not installed (pip install 'hybridcell[bench]')"
    p = np.asarray(network.values)
    x0 = Interpreter(equations.initial, equations)(0.0, np.zeros(equations.n), p)
    times = np.linspace(0.0, _horizon(equations, x0, p), _N_TIMES)
    atol = _RTOL * _NOTHING * _typical(x0)
    ours = _ours(equations, x0, p, times, atol)
    if ours is None:
        return None, "our own solver gave up"
    try:
        theirs = _theirs(xml, equations.states, times, atol)
    except RuntimeError as error:
        return None, f"libRoadRunner failed: {str(error).strip():.200}"
    largest = np.abs(ours).max(axis=0)
    scale = np.maximum(largest, _NOTHING * _typical(largest))
    worst = float((np.abs(theirs - ours).max(axis=0) / scale).max(initial=0.0))
    return worst, f"relative, {_N_TIMES} times from 0 to {times[-1]:.3g}, all states"


def _not_compared(equations: Equations) -> str:
    if len(equations.reactions) > _LARGEST:
        return f"not simulated: more than {_LARGEST} reactions"
    for what, there in (
        ("events", equations.events),
        ("delays", equations.has_delays),
        ("algebraic equations or fast reactions", equations.residuals),
        ("states", not equations.n),
    ):
        if there:
            return (
                f"not simulated: networks {'without' if what == 'states' else 'with'} {what} are not compared"
            )
    return ""


def _horizon(equations: Equations, x0: np.ndarray, p: np.ndarray) -> float:
    """Return ten times the time scale on which the faster half of the states moves at the start."""
    speed = np.abs(Interpreter(rates_of_change(equations), equations)(0.0, x0, p))
    size = np.abs(x0)
    usable = np.isfinite(speed) & (speed > 0) & (size > 0)
    return 10.0 * float(np.quantile(size[usable] / speed[usable], 0.25)) if usable.any() else 10.0


def _typical(x: np.ndarray) -> float:
    """Return the median size of what is not zero, 1 for nothing."""
    found = np.abs(x[x != 0])
    return float(np.median(found)) if len(found) else 1.0


def _ours(
    equations: Equations, x0: np.ndarray, p: np.ndarray, times: np.ndarray, atol: float
) -> np.ndarray | None:
    from scipy.integrate import solve_ivp

    rates = Interpreter(rates_of_change(equations), equations).bind(p)
    left = count(_MOST_CALLS, -1)

    def limited(t: float, x: np.ndarray) -> np.ndarray:
        if next(left) < 0:  # LSODA itself never gives up at a singularity
            raise RuntimeError
        return rates(t, x)

    with np.errstate(all="ignore"), warnings.catch_warnings(), suppress(RuntimeError):
        warnings.simplefilter("ignore")  # why it gave up: said once, in the report
        found = solve_ivp(
            limited, (times[0], times[-1]), x0, method="LSODA", t_eval=times, rtol=_RTOL, atol=atol
        )
        if found.success and np.isfinite(found.y).all():
            return found.y.T
    return None


def _theirs(xml: str, states: tuple[str, ...], times: np.ndarray, atol: float) -> np.ndarray:
    import roadrunner

    runner = roadrunner.RoadRunner(xml)
    runner.integrator.relative_tolerance = _RTOL
    runner.integrator.absolute_tolerance = atol
    runner.timeCourseSelections = list(states)
    return np.asarray(runner.simulate(0.0, float(times[-1]), len(times)))
