"""The CellBox family: interaction networks of saturating ordinary differential equations."""

from hybridcell.mechanisms.cellbox.cellbox import CellBox as CellBox
from hybridcell.mechanisms.cellbox.contraction import contract as contract
from hybridcell.mechanisms.cellbox.drug_effects import DrugEffects as DrugEffects
from hybridcell.mechanisms.cellbox.edge_prior import EdgePrior as EdgePrior
from hybridcell.mechanisms.cellbox.edge_prior import edge_prior as edge_prior
from hybridcell.mechanisms.cellbox.field import CellBoxField as CellBoxField
from hybridcell.mechanisms.cellbox.prior import Prior as Prior
from hybridcell.mechanisms.cellbox.prior import read_prior as read_prior
from hybridcell.mechanisms.cellbox.structure import kind_mask as kind_mask
