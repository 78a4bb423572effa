"""From a learned rate to a kinetic law: candidates, a quick screening, and fits of whole trajectories."""

from hybridcell.fit.distillation.distill import distill as distill
from hybridcell.fit.distillation.result import Distillation as Distillation
