"""Readouts that answer to signals which spread along known edges."""

from hybridcell.mechanisms.prior_network.prior_network import PriorNetwork as PriorNetwork
from hybridcell.mechanisms.prior_network.signal_flow import SignalFlow as SignalFlow
