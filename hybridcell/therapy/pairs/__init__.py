"""Effects of pairs from effects of single perturbations and of other pairs (`hc.predict_pairs`)."""

from hybridcell.therapy.pairs.prediction import predict_pairs as predict_pairs
