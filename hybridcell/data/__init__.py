"""Data: perturbation screens, conditions, splits, data sets, known networks and simulated screens."""

from hybridcell.data import networks
from hybridcell.data.concatenate import concatenate
from hybridcell.data.conditions import Conditions, as_conditions
from hybridcell.data.drug import Drug
from hybridcell.data.h5ad import load_h5ad
from hybridcell.data.networks import InteractionEntry, NetworkEntry, ReactionEntry
from hybridcell.data.perturbation import Perturbation
from hybridcell.data.perturbation_data import PerturbationData, as_perturbation_data
from hybridcell.data.prior_shuffling import shuffle_edges
from hybridcell.data.pseudobulk import average_cells
from hybridcell.data.random_networks import random_network
from hybridcell.data.schedule import Schedule
from hybridcell.data.scheduled_conditions import read_schedules
from hybridcell.data.split import check_leak, split, splits
from hybridcell.data.synthetic import simulate_screen, truth_edges

__all__ = [
    "Conditions",
    "Drug",
    "InteractionEntry",
    "NetworkEntry",
    "Perturbation",
    "PerturbationData",
    "ReactionEntry",
    "Schedule",
    "as_conditions",
    "as_perturbation_data",
    "average_cells",
    "check_leak",
    "concatenate",
    "load_h5ad",
    "networks",
    "random_network",
    "read_schedules",
    "shuffle_edges",
    "simulate_screen",
    "split",
    "splits",
    "truth_edges",
]
