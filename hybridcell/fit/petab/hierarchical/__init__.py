"""Scalings, offsets and noise found given the other parameters: hierarchical optimization."""

from hybridcell.fit.petab.hierarchical.hierarchical import Hierarchical as Hierarchical
