"""Files of other programs: those of the original CellBox, and SBML."""

from hybridcell.io.cellbox import read_cellbox as read_cellbox
from hybridcell.io.cellbox import read_cellbox_model as read_cellbox_model
from hybridcell.io.cellbox import write_cellbox as write_cellbox
from hybridcell.io.sbml import ExportReport as ExportReport
from hybridcell.io.sbml import read_gnw as read_gnw
from hybridcell.io.sbml import read_sbml as read_sbml
from hybridcell.io.sbml import write_sbml as write_sbml
