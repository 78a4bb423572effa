"""Doses: how much of its effect a drug has at a dose, and what it acts on."""

from hybridcell.mechanisms.doses.layer import DoseLayer as DoseLayer
from hybridcell.mechanisms.doses.occupancy import DoseCurves as DoseCurves
from hybridcell.mechanisms.doses.occupancy import occupancy as occupancy
