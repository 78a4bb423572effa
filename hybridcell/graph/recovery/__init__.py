"""Network recovery: from knockouts, knockdowns and time series to ranked edges and double knockouts."""

from hybridcell.graph.recovery.recovered import Recovered as Recovered
from hybridcell.graph.recovery.task import recover as recover
