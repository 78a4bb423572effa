"""COMBINE archives: a model, what is simulated with it, its weights and where it comes from, in one file."""

from hybridcell.io.omex.contents import OmexContents as OmexContents
from hybridcell.io.omex.experiment import Experiment as Experiment
from hybridcell.io.omex.read import read_omex as read_omex
from hybridcell.io.omex.write import write_omex as write_omex
