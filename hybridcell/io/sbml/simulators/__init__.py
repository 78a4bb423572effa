"""The programs in which an export is simulated again."""

from hybridcell.io.sbml.simulators.comparison import Comparison as Comparison
from hybridcell.io.sbml.simulators.comparison import Simulation as Simulation
from hybridcell.io.sbml.simulators.comparison import compare as compare
from hybridcell.io.sbml.simulators.own import solve_network as solve_network
