"""What travels between a kernel and those who watch it."""

TARGET = "livens.variables"
"""The name that clients open a comm with: all that a kernel needs of the protocol to start."""

CLIENT_KEY = "livens_client"
"""What the metadata of an ``execute_request`` or ``interrupt_request`` may have: the name of the
client that sends it, by which the others are told whose doing it is."""
