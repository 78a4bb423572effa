"""Steady states: fixed-point, chord and Newton iteration, integration as last resort, implicit gradients."""

from hybridcell.simulate.steady.fixed_point import differentiable_root as differentiable_root
from hybridcell.simulate.steady.fixed_point import implicit_steady_state as implicit_steady_state
from hybridcell.simulate.steady.fixed_point import residual_norm as residual_norm
from hybridcell.simulate.steady.linearization import chord as chord
from hybridcell.simulate.steady.solve import SteadyState as SteadyState
from hybridcell.simulate.steady.solve import solve_steady_state as solve_steady_state
from hybridcell.simulate.steady.steady_state import steady_state as steady_state
