"""Numbers in tables and on command lines, read as other programs read them."""

from __future__ import annotations


def number_in(text: str) -> float:
    """Return the number that a text is.

    Raises
    ------
    ValueError
        For what is no number, and for what Python alone takes for one: "1_5" (to Python 15) is two doses
        joined by an underscore, or a slip.
    """
    plain = text.strip()
    if "_" in plain or not plain.isascii():
        raise ValueError(f"could not convert string to float: {text!r}")
    return float(plain)
