"""Flattening, and a program of its own that tries it out.

libsbml's flattening crashes on some models (where comp's prefix is not "comp", for example), which ends the
process. So it is tried in another one first: this file is run there by its path, and imports nothing of
hybridcell, so that it starts quickly.
"""

from __future__ import annotations

import sys
from typing import Any


def write_out_submodels(document: Any, location: str) -> bool:
    """Write the submodels of a document out, in place; return whether it went well."""
    import libsbml

    if location:
        document.setLocationURI(f"file:{location}")
    options = libsbml.ConversionProperties()
    options.addOption("flatten comp", True)
    options.addOption("performValidation", False)
    document.getErrorLog().clearLog()
    return document.convert(options) == libsbml.LIBSBML_OPERATION_SUCCESS


def main() -> None:
    """Read SBML from the standard input; the argument says where it came from."""
    import libsbml

    document = libsbml.readSBMLFromString(sys.stdin.buffer.read().decode())
    write_out_submodels(document, sys.argv[1])


if __name__ == "__main__":
    main()
