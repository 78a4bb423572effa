"""Composition: mechanism and neural parts in one model, how much each supplies, and where it may be asked."""

from hybridcell.hybrid.extrapolation import extrapolation as extrapolation
from hybridcell.hybrid.input_output import input_output as input_output
from hybridcell.hybrid.network_share import NeuralShare as NeuralShare
from hybridcell.hybrid.network_share import neural_share as neural_share
from hybridcell.hybrid.share import residual_share as residual_share
