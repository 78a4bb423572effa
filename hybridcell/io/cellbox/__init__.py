"""The files of the original CellBox program: screens, configurations, fitted networks."""

from hybridcell.io.cellbox.config import CellBoxConfig as CellBoxConfig
from hybridcell.io.cellbox.config import read_config as read_config
from hybridcell.io.cellbox.parameters import read_cellbox_model as read_cellbox_model
from hybridcell.io.cellbox.screen import read_cellbox as read_cellbox
from hybridcell.io.cellbox.write import write_cellbox as write_cellbox
