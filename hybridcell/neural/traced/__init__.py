"""Networks made from a description of layers and calls, as PEtab-SciML files have them."""

from hybridcell.neural.traced.description import LayerDescription as LayerDescription
from hybridcell.neural.traced.description import NetworkDescription as NetworkDescription
from hybridcell.neural.traced.description import StepDescription as StepDescription
from hybridcell.neural.traced.mlp import trace_mlp as trace_mlp
from hybridcell.neural.traced.network import TracedNetwork as TracedNetwork
from hybridcell.neural.traced.network import output_entry as output_entry
