"""Data sets by name (`hc.datasets`): real screens that are fetched, and simulated ones that are made here."""

from hybridcell.data.datasets.melanoma import melanoma
from hybridcell.data.datasets.signaling import demo, signaling

__all__ = ["demo", "melanoma", "signaling"]
