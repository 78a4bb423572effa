"""Excess over what two drugs would do without synergy (`hc.synergy`), for measured and simulated surfaces."""

from hybridcell.therapy.synergy.bliss import bliss
from hybridcell.therapy.synergy.hsa import hsa

__all__ = ["bliss", "hsa"]
