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


class SBMLError(FileFormatError):
    """An SBML file cannot be read, or asks for something that cannot be computed.

    Parameters
    ----------
    feature
        What is wrong or not supported, as a clause: "the trigger reads an unknown id 'S9'".
    element
        Id of the element, or its kind where it has none.
    line
        Line in the file, 0 where unknown.
    hint
        How to mend it.

    Attributes
    ----------
    feature, element, line, hint
        As given.
    """

    def __init__(self, feature: str, element: str = "", line: int = 0, hint: str = ""):
        self.feature, self.element, self.line, self.hint = feature, element, line, hint
        where = f"{element!r}" if element else ""
        if line:
            where += f"{', ' if where else ''}line {line}"
        text = f"{where}: {feature}" if where else feature
        text = text if text.endswith((".", "!", "?")) else text + "."
        super().__init__(f"{text} {hint}".strip())

    def __reduce__(self) -> tuple[type, tuple[str, str, int, str]]:
        return type(self), (self.feature, self.element, self.line, self.hint)


class UnsupportedSBMLError(SBMLError, NotImplementedError):
    """The file is right, but asks for something that this library does not compute."""


class SBMLWarning(UserWarning):
    """Something in an SBML file is odd or left aside, and changes no number."""


class InUseError(HybridCellError, RuntimeError):
    """Another process writes the same file or folder."""


class FileWriteError(HybridCellError, OSError):
    """The disk does not take a file: it is full, read-only, or the folder is not yours."""


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


def check_is_list(what: str, names: object) -> None:
    """Refuse one text where a list of names is wanted, which would be a list of its letters."""
    if isinstance(names, str):
        raise InvalidValueError(f"{what} is {names!r}; wanted a list of names, such as [{names!r}].")
