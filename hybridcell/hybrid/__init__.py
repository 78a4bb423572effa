"""Composition: mechanism and neural parts in one model, and how much each supplies."""

from hybridcell.hybrid.network_share import NeuralShare as NeuralShare
from hybridcell.hybrid.network_share import neural_share as neural_share
from hybridcell.hybrid.share import residual_share as residual_share
