"""Tests, file for file as in src/rosette."""
