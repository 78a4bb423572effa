"""Networks of genes that regulate each other's transcription: two states per gene, Hill regulation."""

from hybridcell.mechanisms.gene_network.courses import time_course as time_course
from hybridcell.mechanisms.gene_network.equilibrium import equilibrium as equilibrium
from hybridcell.mechanisms.gene_network.equilibrium import warm_equilibrium as warm_equilibrium
from hybridcell.mechanisms.gene_network.two_state import GeneNetwork as GeneNetwork
