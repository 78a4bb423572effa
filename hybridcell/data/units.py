"""Units of doses: amounts of substance per volume."""

from __future__ import annotations

from hybridcell._core.errors import check_choice

#: Powers of ten of each unit, in moles per liter.
POWERS = {"M": 0, "mM": -3, "uM": -6, "nM": -9, "pM": -12}
_SPELLINGS = {"µM": "uM", "μM": "uM", "umol/l": "uM", "nmol/l": "nM", "mmol/l": "mM"}
DOSE_UNITS = tuple(POWERS)


def dose_unit(text: str) -> str:
    """Return a unit of dose by its plain spelling; an unknown one raises with the nearest.

    Examples
    --------
    >>> from hybridcell.data.units import dose_unit
    >>> dose_unit("µM")
    'uM'
    """
    return check_choice("The unit of a dose", _SPELLINGS.get(text, text), DOSE_UNITS)


def convert_dose(value: float, unit: str, to: str) -> float:
    """Return a dose in another unit.

    Examples
    --------
    >>> from hybridcell.data.units import convert_dose
    >>> convert_dose(250.0, "nM", "uM")
    0.25
    """
    power = POWERS[dose_unit(unit)] - POWERS[dose_unit(to)]
    # powers of ten are exact only above 1, so that 250 nM are 0.25 uM to the last digit
    return value * 10.0**power if power >= 0 else value / 10.0**-power
