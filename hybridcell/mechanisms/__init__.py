"""What you know: interaction networks and, later, reactions."""

from hybridcell.mechanisms.cellbox import CellBox as CellBox
