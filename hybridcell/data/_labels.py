"""The text of a condition: "A+B" for what was given, "0.5+2" for how much."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from hybridcell._core.errors import DataError
from hybridcell._core.text_numbers import number_in

CONTROL = "control"
SEPARATOR = "+"
#: What pandas writes for a gap that went through a conversion to text. Other spellings (NAN, Nan) are names.
MISSING_TEXTS = ("", "nan", "NaN", "<NA>")


def format_number(value: float) -> str:
    """Write a dose; an exponent has no plus sign, because plus separates doses."""
    return f"{value:.6g}".replace("e+", "e")


def format_label(perturbations: Sequence[str], doses: Iterable[float]) -> str:
    """Name the perturbations with a non-zero dose, in column order, or "control"."""
    given = [name for name, dose in zip(perturbations, doses, strict=True) if dose != 0]
    return SEPARATOR.join(given) or CONTROL


def format_doses(doses: Iterable[float]) -> str:
    """Write the non-zero doses in column order, or "0"."""
    return SEPARATOR.join(format_number(d) for d in doses if d != 0) or "0"


def split_label(label: str, sep: str, controls: Collection[str], *, row: str) -> list[str]:
    """Return the parts of a label; a part that is a control word is kept, so that doses can be matched.

    Raises
    ------
    DataError
        When a part is empty or given twice: then the separator belongs to a name.
    """
    parts = [part.strip() for part in label.split(sep)] if sep else [label.strip()]
    named = [part for part in parts if part not in controls]
    if any(not part for part in parts):
        raise DataError(
            f"Row {row!r} has the perturbation {label!r}: split at {sep!r} it leaves an empty name. If "
            f"{sep!r} "
            f"is part of a name, choose another separator with sep=, or rename the perturbation."
        )
    if len(set(named)) < len(named):
        raise DataError(
            f"Row {row!r} names a perturbation twice: {label!r}. Give one name with the total dose."
        )
    return parts


def split_doses(text: str, sep: str, *, row: str) -> list[float]:
    """Return the numbers of a dose text such as "0.5+2".

    Raises
    ------
    DataError
        When a part is not a number.
    """
    text = text.strip()
    try:
        return [number_in(text)]  # first, because 1e+2 is one number
    except ValueError:
        pass
    parts = text.split(sep if sep and sep in text else SEPARATOR)
    try:
        return [number_in(part) for part in parts]
    except ValueError:
        raise DataError(
            f"Row {row!r} has the dose {text!r}, which is not numbers joined by {SEPARATOR!r}. Wanted "
            "for example "
            f"'0.5+2', without units."
        ) from None


def match_doses(
    parts: Sequence[str], doses: Sequence[float], controls: Collection[str], *, row: str
) -> list[float]:
    """Return one dose per part that is not a control word ("A+ctrl" may come with one dose or two)."""
    named = [i for i, part in enumerate(parts) if part not in controls]
    if len(doses) == len(parts):
        return [doses[i] for i in named]
    if len(doses) == len(named):
        return list(doses)
    raise DataError(
        f"Row {row!r} names {len(named)} perturbation(s), {' and '.join(repr(parts[i]) for i in named)}, "
        "but gives "
        f"{len(doses)} dose(s). Wanted one dose each, such as '0.5+2'; if the separator is part of a name, "
        f"choose another with sep=."
    )
