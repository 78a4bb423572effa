"""Effects of three perturbations from those of singles and pairs (`hc.predict_triples`)."""

from hybridcell.therapy.triples.prediction import predict_triples as predict_triples
