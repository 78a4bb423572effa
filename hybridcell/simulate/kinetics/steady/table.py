"""Steady states of a reaction network as an AnnData."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell._core.arrays import is_traced
from hybridcell._core.errors import InvalidValueError
from hybridcell.mechanisms.interpreter import Interpreter
from hybridcell.mechanisms.reactions.equations import Equations
from hybridcell.mechanisms.reactions.network import ReactionNetwork
from hybridcell.simulate.kinetics.overrides import constant_sets
from hybridcell.simulate.kinetics.simulate import state_kinds
from hybridcell.simulate.kinetics.steady.solve import solve_network_steady_state
from hybridcell.simulate.solve import Solve

if TYPE_CHECKING:
    import anndata


def network_steady_state(
    network: ReactionNetwork, *, conditions: Any = None, solve: Solve | None = None
) -> anndata.AnnData:
    """Return the steady state under each condition; see `hybridcell.simulate.steady_state`."""
    import anndata
    import pandas as pd

    names, constants = constant_sets(network, conditions)
    if is_traced(constants):
        raise InvalidValueError(
            "hc.steady_state gives a table and cannot be traced by JAX; differentiate a long hc.simulate "
            "instead."
        )
    equations = network.equations
    found = solve_network_steady_state(equations, constants, solve=solve)
    index = pd.Index(list(names), name="condition")
    obs = pd.DataFrame(
        {
            "residual": found.residual,
            "stable": found.stable,
            "method": list(found.method),
            "success": found.success,
            "flag": list(found.flag),
        },
        index=index,
    )
    tables: Any = {
        "constants": pd.DataFrame(constants, index=index, columns=pd.Index(list(equations.constants)))
    }
    var = pd.DataFrame({"kind": list(state_kinds(network))}, index=pd.Index(list(equations.states)))
    return anndata.AnnData(
        X=found.x,
        obs=obs,
        var=var,
        layers={"concentration": _concentrations(equations, found.x, constants)},
        obsm=tables,
    )


def _concentrations(equations: Equations, x: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Return states with species as concentrations, anything else by its value."""
    roots = [equations.concentrations.get(id_, equations.observables[id_]) for id_ in equations.states]
    evaluate = Interpreter(roots, equations)
    return (
        np.stack([np.asarray(evaluate(0.0, one, row), dtype=float) for one, row in zip(x, p)])
        if len(x)
        else x
    )
