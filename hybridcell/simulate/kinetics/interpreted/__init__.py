"""Reaction networks over time on NumPy and SciPy, without compilation."""

from hybridcell.simulate.kinetics.interpreted.run import Run as Run
from hybridcell.simulate.kinetics.interpreted.run import integrate_interpreted as integrate_interpreted
