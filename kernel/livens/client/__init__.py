"""Watching from another process."""
