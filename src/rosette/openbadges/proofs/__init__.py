"""Proofs of who made a credential, signed and checked; one form a module."""
