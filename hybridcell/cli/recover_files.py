"""Files of `hybridcell recover`: pairs of genes in, tables out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from hybridcell._core.errors import FileFormatError, unknown_name

if TYPE_CHECKING:
    import pandas as pd


#: What stands above a column of genes. Anything else that is no gene is a mistake, not a header.
_HEADER = re.compile(r"(?i)(gene|g|ko|knockout|first|second|source|target)?[ _.-]?(id|name|i|j|a|b|1|2)?")


def read_pairs(path: Path, genes: list[str]) -> list[tuple[str, str]]:
    """Return the pairs of genes in a file.

    Two cells a line, separated by a tab: names of genes, or their numbers from 1. The first line may be a
    header in words such as G_i and G_j, source and target, gene1 and gene2.

    Raises
    ------
    FileFormatError
        When the file cannot be read, has no pair, or a line is no pair of two different genes.
    UnknownNameError
        When there is no such gene; the line is named.
    """
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise FileFormatError(f"{str(path)!r} cannot be read as pairs of genes: {error}.") from error
    lines = [(k, line) for k, line in enumerate(text.splitlines(), start=1) if line.strip()]
    pairs = []
    for position, (number, line) in enumerate(lines):
        cells = [cell.strip().strip('"') for cell in line.split("\t")]
        if len(cells) != 2:
            raise FileFormatError(
                f"{path}, line {number}: {line!r} has {len(cells)} cells; wanted two genes and a tab."
            )
        found = [_gene(cell, genes) for cell in cells]
        if position == 0 and found == [None, None] and all(_HEADER.fullmatch(cell) for cell in cells):
            continue
        for cell, gene in zip(cells, found):
            if gene is None:
                raise type(error := unknown_name("gene", cell, genes))(f"{path}, line {number}: {error}")
        if found[0] == found[1]:
            raise FileFormatError(f"{path}, line {number}: {line!r}; wanted two different genes.")
        pairs.append((str(found[0]), str(found[1])))
    if not pairs:
        raise FileFormatError(f"{path} holds no pair of genes; wanted two on each line, separated by a tab.")
    return pairs


def _gene(cell: str, genes: list[str]) -> str | None:
    if cell in genes:  # before numbers: genes may be called by numbers
        return cell
    return genes[int(cell) - 1] if cell.isdecimal() and 1 <= int(cell) <= len(genes) else None


def write_tables(tables: list[tuple[pd.DataFrame, Path]]) -> None:
    """Write tables as TSV without row names, each wholly or not at all."""
    from hybridcell._core.files import write_text

    # all texts before the first file: what fails then leaves no half result
    texts = [
        table.to_csv(sep="\t", index=False, float_format="%.6g", lineterminator="\n") for table, _ in tables
    ]
    for text, (_, path) in zip(texts, tables):
        write_text(path, text)
