"""Fits of gene networks to steady states and time courses: many at a time, none of them trusted alone."""

from hybridcell.fit.gene_network.experiments import NetworkExperiments as NetworkExperiments
from hybridcell.fit.gene_network.fitting import NetworkFits as NetworkFits
from hybridcell.fit.gene_network.fitting import fit_networks as fit_networks
from hybridcell.fit.gene_network.noise import Noise as Noise
from hybridcell.fit.gene_network.reading import read_experiments as read_experiments
from hybridcell.fit.gene_network.settings import RecoverySettings as RecoverySettings
