"""Fitting: losses, penalties, schedules, early stopping, checkpoints, ensembles."""

from hybridcell._core.ensemble import Ensemble as Ensemble
from hybridcell.fit.ensemble import fit_ensemble as fit_ensemble
from hybridcell.fit.fit import fit as fit
from hybridcell.fit.result import Fit as Fit
