"""SBML texts for tests: a small reaction network, and one that has nearly everything."""

from __future__ import annotations

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
MATH = 'xmlns="http://www.w3.org/1998/Math/MathML"'


def sbml(model: str, *, level: int = 3, version: int = 2, extra: str = "") -> str:
    """Return a document around a model."""
    if level == 3:
        namespace = f"http://www.sbml.org/sbml/level3/version{version}/core"
    else:
        namespace = f"http://www.sbml.org/sbml/level{level}" + (f"/version{version}" if version > 1 else "")
    return f'{_HEAD}<sbml xmlns="{namespace}" level="{level}" version="{version}"{extra}>\n{model}\n</sbml>\n'


def miriam(metaid: str, *uris: str, qualifier: str = "is") -> str:
    """Return an annotation with resources."""
    items = "".join(f'<rdf:li rdf:resource="{uri}"/>' for uri in uris)
    return (
        '<annotation><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns:bqbiol="http://biomodels.net/biology-qualifiers/">'
        f'<rdf:Description rdf:about="#{metaid}"><bqbiol:{qualifier}><rdf:Bag>{items}</rdf:Bag>'
        f"</bqbiol:{qualifier}></rdf:Description></rdf:RDF></annotation>"
    )


def times(*names: str) -> str:
    """Return a product of ids as a math element."""
    return f"<math {MATH}><apply><times/>{''.join(f'<ci>{n}</ci>' for n in names)}</apply></math>"


NOTES = '<notes><body xmlns="http://www.w3.org/1999/xhtml"><p>A &amp; <b>B</b></p><p>bind</p></body></notes>'

#: A + 2 B -> C and back; ids, names, units, local parameters, annotations.
BINDING = sbml(f"""<model id="binding" name="A binds B" metaid="m0" substanceUnits="nmol" timeUnits="second"
  volumeUnits="litre" extentUnits="nmol" sboTerm="SBO:0000293">{NOTES}{miriam("m0", "urn:miriam:pubmed:1")}
<listOfUnitDefinitions><unitDefinition id="nmol" name="nanomole"><listOfUnits>
  <unit kind="mole" exponent="1" scale="-9" multiplier="1"/></listOfUnits></unitDefinition>
<unitDefinition id="association"><listOfUnits><unit kind="litre" exponent="1" scale="0" multiplier="1"/>
  <unit kind="mole" exponent="-1" scale="-9" multiplier="1"/>
  <unit kind="second" exponent="-1" scale="0" multiplier="1"/></listOfUnits></unitDefinition>
</listOfUnitDefinitions>
<listOfCompartments><compartment id="cell" spatialDimensions="3" size="2" units="litre" constant="true"/>
</listOfCompartments>
<listOfSpecies>
  <species id="A" name="MAPK" metaid="m1" sboTerm="SBO:0000252" compartment="cell" initialAmount="10"
    hasOnlySubstanceUnits="false" boundaryCondition="false" constant="false">{
    miriam("m1", "urn:miriam:uniprot:P27361", "urn:miriam:uniprot:P28482")
}</species>
  <species id="B" compartment="cell" initialConcentration="3" hasOnlySubstanceUnits="false"
    boundaryCondition="false" constant="false"/>
  <species id="C" name="MAPK bound" compartment="cell" initialAmount="0" substanceUnits="nmol"
    hasOnlySubstanceUnits="true" boundaryCondition="false" constant="false"/>
</listOfSpecies>
<listOfParameters><parameter id="kr" name="back" value="0.30000000000000004" constant="true"/>
</listOfParameters>
<listOfReactions>
  <reaction id="bind" name="binding" reversible="false">
    <listOfReactants><speciesReference species="A" stoichiometry="1" constant="true"/>
      <speciesReference species="B" stoichiometry="2" constant="true"/></listOfReactants>
    <listOfProducts><speciesReference species="C" stoichiometry="1" constant="true"/></listOfProducts>
    <kineticLaw>{times("cell", "k", "A", "B")}
      <listOfLocalParameters><localParameter id="k" value="0.1" units="association"/></listOfLocalParameters>
    </kineticLaw>
  </reaction>
  <reaction id="back" reversible="false">
    <listOfReactants><speciesReference species="C" stoichiometry="1" constant="true"/></listOfReactants>
    <listOfProducts><speciesReference species="A" stoichiometry="1" constant="true"/>
      <speciesReference species="B" stoichiometry="2" constant="true"/></listOfProducts>
    <kineticLaw>{times("kr", "C")}</kineticLaw>
  </reaction>
</listOfReactions></model>""")


def _math(content: str) -> str:
    return f"<math {MATH}>{content}</math>"


_TIME = '<csymbol encoding="text" definitionURL="http://www.sbml.org/sbml/symbols/time">t</csymbol>'
_RATE_OF = '<csymbol encoding="text" definitionURL="http://www.sbml.org/sbml/symbols/rateOf">rateOf</csymbol>'
_LATER = f"<apply><gt/>{_TIME}<cn>2</cn></apply>"

#: Functions, rules of both kinds, initial assignments, events, conversion factors, stoichiometry with an id.
EVERYTHING = sbml(f"""<model id="all" conversionFactor="cf">
<listOfFunctionDefinitions><functionDefinition id="hill">{
    _math(
        "<lambda><bvar><ci>x</ci></bvar><bvar><ci>h</ci></bvar><apply><divide/><apply><power/><ci>x</ci><ci>h</ci>"
        "</apply><apply><plus/><cn>1</cn><apply><power/><ci>x</ci><ci>h</ci></apply></apply></apply></lambda>"
    )
}
</functionDefinition></listOfFunctionDefinitions>
<listOfCompartments><compartment id="cell" spatialDimensions="3" size="1.5" constant="false"/>
</listOfCompartments>
<listOfSpecies>
  <species id="S" compartment="cell" initialConcentration="2" hasOnlySubstanceUnits="false"
    boundaryCondition="false" constant="false" conversionFactor="sf"/>
  <species id="P" compartment="cell" initialAmount="1" hasOnlySubstanceUnits="true" boundaryCondition="false"
    constant="false"/>
  <species id="X" compartment="cell" initialAmount="4" hasOnlySubstanceUnits="false" boundaryCondition="true"
    constant="true"/>
</listOfSpecies>
<listOfParameters>
  <parameter id="cf" value="1.25" constant="true"/><parameter id="sf" value="0.75" constant="true"/>
  <parameter id="at" value="0.2" constant="true"/><parameter id="y" value="1" constant="false"/>
  <parameter id="z" constant="false"/><parameter id="start" constant="true"/>
  <parameter id="dose" value="0" constant="false"/><parameter id="slope" constant="false"/>
</listOfParameters>
<listOfInitialAssignments><initialAssignment symbol="start">{
    _math("<apply><times/><cn>3</cn><ci>at</ci></apply>")
}</initialAssignment></listOfInitialAssignments>
<listOfRules>
  <rateRule variable="y">{
    _math("<apply><minus/><ci>dose</ci><apply><times/><ci>at</ci><ci>y</ci></apply></apply>")
}
  </rateRule>
  <assignmentRule variable="z">{
    _math(f"<piecewise><piece><ci>y</ci>{_LATER}</piece><otherwise><cn>0.5</cn></otherwise></piecewise>")
}
  </assignmentRule>
  <assignmentRule variable="slope">{_math(f"<apply>{_RATE_OF}<ci>y</ci></apply>")}</assignmentRule>
  <rateRule variable="cell">{_math("<cn>0.01</cn>")}</rateRule>
</listOfRules>
<listOfReactions><reaction id="v" reversible="true">
  <listOfReactants><speciesReference species="S" stoichiometry="1" constant="true"/></listOfReactants>
  <listOfProducts><speciesReference id="yield" species="P" stoichiometry="2" constant="true"/>
  </listOfProducts>
  <listOfModifiers><modifierSpeciesReference species="X" sboTerm="SBO:0000013" metaid="m7"/></listOfModifiers>
  <kineticLaw sboTerm="SBO:0000192">{
    _math(
        "<apply><times/><ci>start</ci><ci>z</ci><ci>X</ci><apply><ci>hill</ci><ci>S</ci><ci>n</ci></apply></apply>"
    )
}
    <listOfLocalParameters><localParameter id="n" value="2"/></listOfLocalParameters></kineticLaw>
</reaction></listOfReactions>
<listOfEvents>
  <event id="give" name="a dose" useValuesFromTriggerTime="false">
  <trigger initialValue="false" persistent="false">{_math(_LATER)}</trigger><delay>{
    _math("<cn>0.5</cn>")
}</delay><priority>{_math("<ci>at</ci>")}</priority>
    <listOfEventAssignments><eventAssignment variable="dose">{_math("<cn>1</cn>")}</eventAssignment>
    <eventAssignment variable="S">{_math("<apply><plus/><ci>S</ci><cn>1</cn></apply>")}</eventAssignment>
    </listOfEventAssignments></event>
</listOfEvents></model>""")
