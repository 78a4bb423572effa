"""Which drugs, how much of each: the best therapy under limits (`hc.optimize_therapy`)."""

from hybridcell.therapy.optimization.plan import TherapyPlan as TherapyPlan
from hybridcell.therapy.optimization.planning import optimize_therapy as optimize_therapy
