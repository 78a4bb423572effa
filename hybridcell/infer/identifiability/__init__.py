"""What the data can tell of parameters and edges, and what would let them tell more."""

from hybridcell.infer.identifiability.edges import EdgeIdentifiability as EdgeIdentifiability
from hybridcell.infer.identifiability.edges import edge_identifiability as edge_identifiability
from hybridcell.infer.identifiability.identify import identifiability as identifiability
from hybridcell.infer.identifiability.result import Identifiability as Identifiability
