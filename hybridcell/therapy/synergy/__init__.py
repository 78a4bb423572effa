"""Excess over what drugs would do without synergy (`hc.synergy`), for measured and simulated surfaces."""

from hybridcell.therapy.synergy.bliss import bliss
from hybridcell.therapy.synergy.extrapolation import Beliefs, Extrapolation, extrapolate
from hybridcell.therapy.synergy.hill import HillCurve, fit_hill
from hybridcell.therapy.synergy.hsa import hsa
from hybridcell.therapy.synergy.loewe import combination_index, loewe
from hybridcell.therapy.synergy.musyc import musyc
from hybridcell.therapy.synergy.surface_fit import SurfaceFit
from hybridcell.therapy.synergy.zip import zip

__all__ = [
    "Beliefs",
    "Extrapolation",
    "HillCurve",
    "SurfaceFit",
    "bliss",
    "combination_index",
    "extrapolate",
    "fit_hill",
    "hsa",
    "loewe",
    "musyc",
    "zip",
]
