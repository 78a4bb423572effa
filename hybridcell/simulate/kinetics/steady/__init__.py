"""Steady states of reaction networks: implicit steps, Newton iteration, certificates, derivatives."""

from hybridcell.simulate.kinetics.steady.gradient import (
    differentiable_steady_state as differentiable_steady_state,
)
from hybridcell.simulate.kinetics.steady.solve import solve_network_steady_state as solve_network_steady_state
from hybridcell.simulate.kinetics.steady.terms import make_terms as make_terms
