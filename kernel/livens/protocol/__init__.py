"""What travels between a kernel and those who watch it."""

TARGET = "livens.variables"
"""The name that clients open a comm with: all that a kernel needs of the protocol to start."""
