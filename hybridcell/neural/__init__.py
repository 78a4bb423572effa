"""What you don't know: neural terms that are added to a mechanism."""

from hybridcell.neural.residual import NeuralResidual as NeuralResidual
