"""Errors of PEtab problems: which file, which line, which column, what is wrong and how to mend it."""

from __future__ import annotations

from collections.abc import Iterable

from hybridcell._core.errors import FileFormatError, nearest


class PetabError(FileFormatError):
    """A PEtab problem cannot be read or written.

    Parameters
    ----------
    file
        Name of the file, relative to the folder of the problem.
    row
        Line of the file, counted from 1 (the header is line 1); 0 where the whole file is meant.
    column
        Name of the column, or the key of the YAML file.
    reason
        What is wrong, as a clause.
    hint
        How to mend it.

    Attributes
    ----------
    file, row, column, reason, hint
        As given.
    """

    def __init__(self, file: str, row: int = 0, column: str = "", reason: str = "", hint: str = ""):
        self.file, self.row, self.column, self.reason, self.hint = file, row, column, reason, hint
        where = [str(file)] if file else []
        where += [f"line {row}"] if row else []
        if column:
            is_table = row or str(file).endswith((".tsv", ".csv"))
            where.append(f"column {column!r}" if is_table else repr(column))
        text = f"{', '.join(where)}: {reason}" if where else reason
        text = text if text.endswith((".", "!", "?")) else text + "."
        super().__init__(f"{text} {hint}".strip())

    def __reduce__(self) -> tuple[type, tuple[str, int, str, str, str]]:
        return type(self), (self.file, self.row, self.column, self.reason, self.hint)


class PetabMathError(FileFormatError):
    """A formula cannot be read.

    Parameters
    ----------
    text
        The formula.
    column
        Where in it, counted from 1.
    reason
        What is wrong and what was expected.

    Attributes
    ----------
    text, column, reason
        As given.
    """

    def __init__(self, text: str, column: int, reason: str):
        self.text, self.column, self.reason = text, column, reason
        # a formula can have thousands of characters: what is shown is what is around the place
        start, end = max(0, column - 31), column + 29
        shown = ("..." if start else "") + text[start:end] + ("..." if end < len(text) else "")
        super().__init__(f"Character {column} of the formula {shown!r}: {reason}.")

    def __reduce__(self) -> tuple[type, tuple[str, int, str]]:
        return type(self), (self.text, self.column, self.reason)


def known_hint(name: str, valid: Iterable[str]) -> str:
    """Return a hint that names the nearest valid name and the first of all."""
    valid = [str(v) for v in valid]
    guess = nearest(name, valid)
    shown = ", ".join(valid[:8]) + (f", ... ({len(valid)} in all)" if len(valid) > 8 else "")
    return (f"Did you mean {guess!r}? " if guess else "") + f"Known: {shown or 'none'}."
