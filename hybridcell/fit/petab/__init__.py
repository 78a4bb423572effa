"""PEtab problems as functions of their parameters: likelihood, gradient, residuals, simulations."""
