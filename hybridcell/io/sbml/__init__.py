"""SBML: reading networks of reactions, and writing networks and hybrids."""

from hybridcell.io.sbml.read import read_gnw as read_gnw
from hybridcell.io.sbml.read import read_sbml as read_sbml
from hybridcell.io.sbml.report import ExportReport as ExportReport
from hybridcell.io.sbml.write import write_sbml as write_sbml
