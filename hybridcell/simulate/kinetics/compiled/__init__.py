"""Integration of reaction networks by compiled programs: steps, events, delays, derivatives."""

from hybridcell.simulate.kinetics.compiled.integrate import integrate_compiled as integrate_compiled
from hybridcell.simulate.kinetics.compiled.results import MESSAGES as MESSAGES
