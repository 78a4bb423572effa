"""Files of other programs: those of the original CellBox, SBML, and COMBINE archives."""

from hybridcell.io.cellbox import read_cellbox as read_cellbox
from hybridcell.io.cellbox import read_cellbox_model as read_cellbox_model
from hybridcell.io.cellbox import write_cellbox as write_cellbox
from hybridcell.io.omex import OmexContents as OmexContents
from hybridcell.io.omex import read_omex as read_omex
from hybridcell.io.omex import write_omex as write_omex
from hybridcell.io.sbml import ExportReport as ExportReport
from hybridcell.io.sbml import read_gnw as read_gnw
from hybridcell.io.sbml import read_sbml as read_sbml
from hybridcell.io.sbml import write_sbml as write_sbml
from hybridcell.io.sbml.knockouts import gene_conditions as gene_conditions
