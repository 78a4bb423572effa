"""Uncertainty, identifiability and the next experiment (`hc.infer`)."""

# Some functions have the name of the folder that holds them. Importing a folder sets the attribute of its
# name, so that the functions are bound here, after the folders are loaded.
from hybridcell.infer.conformal import calibrate as calibrate
from hybridcell.infer.design import Design as Design
from hybridcell.infer.design import OptimizedDesign as OptimizedDesign
from hybridcell.infer.design import design as design
from hybridcell.infer.design import optimize_design as optimize_design
from hybridcell.infer.identifiability import EdgeIdentifiability as EdgeIdentifiability
from hybridcell.infer.identifiability import Identifiability as Identifiability
from hybridcell.infer.identifiability import edge_identifiability as edge_identifiability
from hybridcell.infer.identifiability import identifiability as identifiability
from hybridcell.infer.neural import last_layer as last_layer
from hybridcell.infer.neural import sgld as sgld
from hybridcell.infer.posterior.laplace import laplace as laplace
from hybridcell.infer.posterior.posterior import Posterior as Posterior
from hybridcell.infer.posterior.sample import sample as sample
from hybridcell.infer.profiles.profiles import profiles as profiles
from hybridcell.infer.profiles.result import Profiles as Profiles
from hybridcell.infer.update import Update as Update
from hybridcell.infer.update import update as update

__all__ = [
    "Design",
    "EdgeIdentifiability",
    "Identifiability",
    "OptimizedDesign",
    "Posterior",
    "Profiles",
    "Update",
    "calibrate",
    "design",
    "edge_identifiability",
    "identifiability",
    "laplace",
    "last_layer",
    "optimize_design",
    "profiles",
    "sample",
    "sgld",
    "update",
]
