"""SBML: export of networks and hybrids."""

from hybridcell.io.sbml.report import ExportReport as ExportReport
from hybridcell.io.sbml.write import write_sbml as write_sbml
