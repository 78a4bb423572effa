"""Reading SBML, Antimony and GeneNetWeaver files into reaction networks."""

from hybridcell.io.sbml.read.definition import read_definition as read_definition
from hybridcell.io.sbml.read.gnw import read_gnw as read_gnw
from hybridcell.io.sbml.read.read_sbml import read_sbml as read_sbml
