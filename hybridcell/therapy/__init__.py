"""Combination therapies: synergy of measured or simulated surfaces, screens of all pairs."""

from hybridcell.therapy import synergy as synergy
from hybridcell.therapy.effect import EffectScale as EffectScale
from hybridcell.therapy.optimization import TherapyPlan as TherapyPlan
from hybridcell.therapy.optimization import optimize_therapy as optimize_therapy
from hybridcell.therapy.pairs import predict_pairs as predict_pairs
from hybridcell.therapy.scheduling import SchedulePlan as SchedulePlan
from hybridcell.therapy.scheduling import optimize_schedule as optimize_schedule
from hybridcell.therapy.screen import CombinationScreen as CombinationScreen
from hybridcell.therapy.screen import screen_combinations as screen_combinations
from hybridcell.therapy.triples import predict_triples as predict_triples
