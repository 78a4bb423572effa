"""The interaction graph of a model: signed edges with intervals, queries, comparison, files."""

from hybridcell.graph.comparison import Comparison as Comparison
from hybridcell.graph.correlation import association as association
from hybridcell.graph.estimate import interactions as interactions
from hybridcell.graph.half_samples import Stability as Stability
from hybridcell.graph.half_samples import stability as stability
from hybridcell.graph.layout import layered_layout as layered_layout
from hybridcell.graph.network import Interactions as Interactions
from hybridcell.graph.recovery import Recovered as Recovered
from hybridcell.graph.recovery import recover as recover
