"""What you don't know: neural laws, terms, parameters and readouts, each put into a mechanism."""

from hybridcell.neural.parameter import NeuralParameter as NeuralParameter
from hybridcell.neural.rate import NeuralRate as NeuralRate
from hybridcell.neural.readout import NeuralReadout as NeuralReadout
from hybridcell.neural.residual import NeuralResidual as NeuralResidual
