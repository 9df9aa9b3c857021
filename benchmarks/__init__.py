"""Measuring Rosette against the floor of the machine: ``python -m benchmarks --help``."""
