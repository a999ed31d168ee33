"""Checks whether a kernel or a client speaks the protocol ``livens.variables``, version 1."""

TARGET = "livens.variables"
"""The comm target of the protocol."""
