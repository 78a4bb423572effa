"""Posterior distributions of parameters: a Gaussian around the optimum, or draws of a sampler."""
