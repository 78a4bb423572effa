"""Do other programs get our numbers from the SBML of a reaction network?"""

from __future__ import annotations

import numpy as np

from hybridcell.io.sbml.describe import inlined_limit
from hybridcell.io.sbml.dialect import LEVEL_3, Dialect
from hybridcell.io.sbml.inlined import inlined_products
from hybridcell.io.sbml.simulators import Comparison, Simulation, compare, solve_network
from hybridcell.io.sbml.simulators.comparison import ROADRUNNER, not_compared
from hybridcell.mechanisms.interpreter import Interpreter, rates_of_change
from hybridcell.mechanisms.reactions.elements import Definition
from hybridcell.mechanisms.reactions.equations import Equations
from hybridcell.mechanisms.reactions.network import ReactionNetwork

_RTOL = 1e-10
#: States below this share of the median state are compared on its scale: solvers do not resolve them.
_NOTHING = 1e-6
_N_TIMES = 11
#: Networks with more reactions take libRoadRunner many seconds to load.
_LARGEST = 200


def compare_network(
    xml: str,
    network: ReactionNetwork,
    written: Definition,
    wanted: Simulation | str,
    dialect: Dialect = LEVEL_3,
) -> Comparison:
    """Return how far programs that simulate a file are from the network.

    Parameters
    ----------
    xml : str
    network : ReactionNetwork
    written : Definition
        What the file says.
    wanted : Simulation or str
        What `reference_simulation` returned.
    dialect : Dialect
        Of the file.
    """
    if isinstance(wanted, str):
        return not_compared(wanted)
    products = inlined_products(written)
    skip = {}
    if products > inlined_limit(dialect) and len(network.holes):
        skip[ROADRUNNER] = f"libRoadRunner would write out {products:,} products of the neural part"
    return compare(xml, wanted, skip=skip)


def reference_simulation(network: ReactionNetwork) -> Simulation | str:
    """Return what a network does from its start, or why that is not to be compared.

    A difference is relative to the largest value of its state, or to a millionth of what is typical. Only
    networks that all programs can simulate without more machinery are compared: no events, delays or
    algebraic equations.
    """
    equations = network.equations
    aside = _not_compared(equations)
    if aside:
        return aside
    p = np.asarray(network.values, dtype=float)
    x0 = Interpreter(equations.initial, equations)(0.0, np.zeros(equations.n), p)
    times = np.linspace(0.0, _horizon(equations, x0, p), _N_TIMES)
    atol = _RTOL * _NOTHING * _typical(x0)
    values = solve_network(network, times, rtol=_RTOL, atol=atol)
    if values is None:
        return "our own solver gave up"
    largest = np.abs(values).max(axis=0)
    return Simulation(
        ids=equations.states,
        times=times,
        changes=({},),
        values=(values,),
        scale=np.maximum(largest, _NOTHING * _typical(largest)),
        rtol=_RTOL,
        atol=atol,
        over=f"relative, {_N_TIMES} times from 0 to {times[-1]:.3g}, all states",
    )


def _not_compared(equations: Equations) -> str:
    if len(equations.reactions) > _LARGEST:
        return f"not simulated: more than {_LARGEST} reactions"
    for what, there in (
        ("with events", equations.events),
        ("with delays", equations.has_delays),
        ("with algebraic equations or fast reactions", equations.residuals),
        ("without states", not equations.n),
    ):
        if there:
            return f"not simulated: networks {what} are not compared"
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
