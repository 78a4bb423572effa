"""The folder of a run: files appear whole or not at all, and files of others are left alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.files import replacing, write_text

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Outputs:
    """Writes into one folder and remembers what it wrote.

    Attributes
    ----------
    folder
        Where to write; made when needed.
    written
        File name -> path.
    """

    folder: Path
    written: dict[str, Path] = field(default_factory=dict)

    def prepare(self) -> Outputs:
        """Make the folder now, so that a wrong place is told before hours of work."""
        if self.folder.exists() and not self.folder.is_dir():
            raise InvalidValueError(f"{self.folder} is a file; wanted a folder to write to (out=, or --out).")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InvalidValueError(f"The folder {self.folder} cannot be made: {error}.") from error
        return self

    def path(self, name: str) -> Path:
        """Return the path of a file that some function writes by itself, and remember it."""
        self.written[name] = self.folder / name
        return self.written[name]

    def text(self, name: str, text: str) -> Path:
        """Write a text."""
        return write_text(self.path(name), text)

    def table(self, name: str, table: pd.DataFrame, *, index: bool = True) -> Path:
        """Write a DataFrame as comma-separated values."""
        with replacing(self.path(name)) as temporary:
            table.to_csv(temporary, index=index)
        return self.written[name]

    def figure(self, name: str, figure: Any) -> Path:
        """Write a Matplotlib figure as PNG."""
        with replacing(self.path(name)) as temporary:
            figure.savefig(temporary, dpi=150)
        return self.written[name]
