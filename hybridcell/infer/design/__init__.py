"""Which experiments to do next: ranking of candidates, and doses and times found by gradients."""

from hybridcell.infer.design.optimize import OptimizedDesign, optimize_design
from hybridcell.infer.design.ranking import design
from hybridcell.infer.design.result import Design

__all__ = ["Design", "OptimizedDesign", "design", "optimize_design"]
