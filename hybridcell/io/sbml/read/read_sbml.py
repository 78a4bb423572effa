"""The public door."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from hybridcell._core.garbage import without_collections
from hybridcell.io.sbml.read.definition import read_definition

if TYPE_CHECKING:
    from hybridcell.mechanisms.reactions.network import ReactionNetwork


def read_sbml(path_or_xml: str | os.PathLike[str]) -> ReactionNetwork:
    """Read a reaction network from SBML, Level 1 Version 1 to Level 3 Version 2.

    Parameters
    ----------
    path_or_xml : str or path
        A path, or the text itself: XML (its first character is ``<``) or Antimony (it has ``->`` or several
        lines; needs the package antimony, ``pip install "hybridcell[antimony]"``). A file named ``.ant`` or
        ``.antimony`` is Antimony. Up to 64 MiB.

    Returns
    -------
    ReactionNetwork
        With the file's ids, names, units, notes and annotations. Submodels (package comp) are written out
        under ids ``submodel__id``; a local parameter ``k`` of reaction ``v`` is ``v.k``.

    Raises
    ------
    SBMLError
        The file cannot be read or contradicts itself; the error names element and line. A text with a
        document type (``<!DOCTYPE``, entities) is refused, and so are submodels outside the file's folder.
    UnsupportedSBMLError
        The file asks for something that cannot be computed, for example a package that it requires.

    Warns
    -----
    SBMLWarning
        About what changes no number: packages and constraints left aside, units that do not match; and about
        values that leave results undefined: NaN, compartments of size 0.

    See Also
    --------
    hybridcell.write_sbml : The other way.
    hybridcell.io.read_gnw : Networks of GeneNetWeaver.

    References
    ----------
    Hucka M. et al., SBML Level 3 Version 2 Core, J. Integrative Bioinformatics 15 (2018) 20170081.

    Examples
    --------
    >>> import hybridcell as hc
    >>> net = hc.read_sbml('''
    ...     <sbml xmlns="http://www.sbml.org/sbml/level2/version5" level="2" version="5"><model id="decay">
    ...       <listOfCompartments><compartment id="cell" size="1"/></listOfCompartments>
    ...       <listOfSpecies><species id="A" compartment="cell" initialAmount="10"/></listOfSpecies>
    ...       <listOfParameters><parameter id="k" value="0.1"/></listOfParameters>
    ...       <listOfReactions><reaction id="v" reversible="false">
    ...         <listOfReactants><speciesReference species="A"/></listOfReactants>
    ...         <kineticLaw><math xmlns="http://www.w3.org/1998/Math/MathML">
    ...           <apply><times/><ci>cell</ci><ci>k</ci><ci>A</ci></apply></math></kineticLaw>
    ...       </reaction></listOfReactions>
    ...     </model></sbml>''')
    >>> net.reactions["v"].law
    cell*k*A
    """
    from hybridcell.mechanisms.reactions.network import ReactionNetwork

    with without_collections():
        return ReactionNetwork.from_definition(read_definition(path_or_xml))
