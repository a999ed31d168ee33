"""Stores: where names are shared. No Jupyter, no thread, and nothing of `livens.values`."""
