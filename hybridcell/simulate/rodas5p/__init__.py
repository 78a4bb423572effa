"""Rodas5P, a Rosenbrock method of order five for stiff equations and equations with algebraic constraints."""

from hybridcell.simulate.rodas5p.solver import Rodas5P as Rodas5P
