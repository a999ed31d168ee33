"""Runs of notebooks, and what is left of them."""
