"""What you know: interaction networks and networks of reactions."""

from hybridcell.mechanisms.cellbox import CellBox as CellBox
from hybridcell.mechanisms.reactions.network import ReactionNetwork as ReactionNetwork
