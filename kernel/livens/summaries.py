"""Another name of `livens.values.summaries`, for the adapters of other distributions."""

from __future__ import annotations

from livens.values.descriptions import describe
from livens.values.summaries import Limits, Preview, Summary, register_adapter

__all__ = ["Limits", "Preview", "Summary", "describe", "register_adapter"]
