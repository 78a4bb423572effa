"""When to give which drug, and how much of it (`hc.optimize_schedule`)."""

from hybridcell.therapy.scheduling.optimizing import optimize_schedule as optimize_schedule
from hybridcell.therapy.scheduling.plan import SchedulePlan as SchedulePlan
