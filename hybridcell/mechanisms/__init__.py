"""What you know: interaction networks and networks of reactions."""

from hybridcell.mechanisms.cellbox import CellBox as CellBox
from hybridcell.mechanisms.cellbox import Prior as Prior
from hybridcell.mechanisms.cellbox import read_prior as read_prior
from hybridcell.mechanisms.prior_network import PriorNetwork as PriorNetwork
from hybridcell.mechanisms.reactions.network import ReactionNetwork as ReactionNetwork
