"""Conditions on variables, for the kernel and for clients."""
