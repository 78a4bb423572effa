"""Running a model: trajectories, steady states, predictions."""

from hybridcell.simulate.member_states import ensemble_states as ensemble_states
from hybridcell.simulate.predict import predict as predict
from hybridcell.simulate.predict import predictive as predictive
from hybridcell.simulate.simulate import simulate as simulate
from hybridcell.simulate.solve import Solve as Solve
from hybridcell.simulate.steady import SteadyState as SteadyState
from hybridcell.simulate.steady import solve_steady_state as solve_steady_state
from hybridcell.simulate.steady import steady_state as steady_state
from hybridcell.simulate.trajectory import Trajectory as Trajectory
