"""An interaction network and a network of reactions as one system of equations."""

from hybridcell.mechanisms.coupling.couple import couple as couple
