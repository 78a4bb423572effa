"""Profile likelihoods: how far each parameter can go when all others make up for it."""
