"""Posteriors of neural parts: the last layer by Laplace's approximation, all weights by Langevin dynamics."""

from hybridcell.infer.neural.last_layer import last_layer as last_layer
from hybridcell.infer.neural.sgld import sgld as sgld
