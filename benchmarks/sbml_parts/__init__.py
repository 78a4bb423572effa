"""The parts of benchmarks/sbml.py: suite, biomodels, speed, accuracy."""
