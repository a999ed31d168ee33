"""The name that clients open a comm with: all that a kernel needs of the protocol to start."""

from __future__ import annotations

NAME = "livens.variables"
