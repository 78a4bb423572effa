"""Equations as JAX programs: grouped by shape for speed, universal for one-off models."""

from hybridcell.mechanisms.program.make import make_system as make_system
from hybridcell.mechanisms.program.system import System as System
