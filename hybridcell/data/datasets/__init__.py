"""Data sets by name (`hc.datasets`): real screens that are fetched, and simulated ones that are made here."""

from hybridcell.data.datasets.dream4 import dream4, dream4_folder
from hybridcell.data.datasets.gene_network import gene_network
from hybridcell.data.datasets.hpn import hpn_dream8
from hybridcell.data.datasets.ligand_screen import ligand_screen, ligand_screen_prior
from hybridcell.data.datasets.melanoma import melanoma
from hybridcell.data.datasets.midas import midas
from hybridcell.data.datasets.signaling import demo, signaling

__all__ = [
    "demo",
    "dream4",
    "dream4_folder",
    "gene_network",
    "hpn_dream8",
    "ligand_screen",
    "ligand_screen_prior",
    "melanoma",
    "midas",
    "signaling",
]
