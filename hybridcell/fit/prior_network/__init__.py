"""Fitting a prior network in closed form."""

from hybridcell.fit.prior_network.fit_prior_network import fit_prior_network as fit_prior_network
