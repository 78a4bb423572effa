"""Estimation of parameters: minimizing an objective from many starts."""

from hybridcell.fit.estimation.estimation import Estimation as Estimation
from hybridcell.fit.estimation.function_objective import FunctionObjective as FunctionObjective
from hybridcell.fit.estimation.multi_start import estimate as estimate
from hybridcell.fit.estimation.objective import Objective as Objective
from hybridcell.fit.estimation.priors import log_prior as log_prior
from hybridcell.fit.estimation.run import Run as Run
from hybridcell.fit.estimation.run import Tolerances as Tolerances
from hybridcell.fit.estimation.starts import draw_starts as draw_starts
