"""Errors that say what was found, what was wanted and how to mend it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class HybridCellError(Exception):
    """Base of every error that hybridcell raises on purpose."""


class InvalidValueError(HybridCellError, ValueError):
    """A value has the wrong shape, type, sign or range."""


class UnknownNameError(HybridCellError, KeyError):
    """A name (node, drug, readout, option...) does not exist; the nearest valid one is suggested."""

    def __str__(self) -> str:
        # KeyError would show the repr of the message, quotes and escapes included.
        return str(self.args[0]) if self.args else ""


class DataError(InvalidValueError):
    """A data set breaks the data contract."""


class FileFormatError(InvalidValueError):
    """A file cannot be read as what it claims to be."""


class NotConvergedError(HybridCellError, RuntimeError):
    """A computation that was asked to succeed did not."""


def nearest(name: str, valid: Iterable[str]) -> str | None:
    """Return the valid name most like `name`, or None when nothing is alike."""
    by_folded = {str(v).casefold(): str(v) for v in valid}
    found = difflib.get_close_matches(str(name).casefold(), list(by_folded), n=1, cutoff=0.5)
    return by_folded[found[0]] if found else None


def unknown_name(what: str, name: str, valid: Iterable[str]) -> UnknownNameError:
    """Build the error for a name that does not exist.

    Parameters
    ----------
    what
        The kind of thing, in the singular: "node", "drug", "readout", "option".
    name
        The name that was given.
    valid
        All names that exist.
    """
    valid = [str(v) for v in valid]
    guess = nearest(name, valid)
    hint = f" Did you mean {guess!r}?" if guess else ""
    shown = ", ".join(valid[:8]) + (f", ... ({len(valid)} in all)" if len(valid) > 8 else "")
    return UnknownNameError(f"There is no {what} {name!r}.{hint} Known: {shown or 'none'}.")


def check_choice(what: str, value: object, choices: Iterable[str]) -> str:
    """Return `value` when it is one of `choices`, else raise with the nearest choice."""
    choices = list(choices)
    if value in choices:
        return str(value)
    guess = nearest(str(value), choices)
    hint = f" Did you mean {guess!r}?" if guess else ""
    raise InvalidValueError(f"{what} is {value!r}; wanted one of {', '.join(map(repr, choices))}.{hint}")
