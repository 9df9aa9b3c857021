"""Copies of a whole site: of its tables, its files and its keys, for either database."""
