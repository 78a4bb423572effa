"""Expressions evaluated on NumPy, without compilation."""

from hybridcell.mechanisms.interpreter.interpreter import Bound as Bound
from hybridcell.mechanisms.interpreter.interpreter import Interpreter as Interpreter
from hybridcell.mechanisms.interpreter.slopes import jacobian_terms as jacobian_terms
from hybridcell.mechanisms.interpreter.slopes import rates_of_change as rates_of_change
