"""papermill's engine ``livens``: ``papermill --engine livens in.ipynb out.ipynb``.

It runs the notebook as papermill does, on the livens kernel, and leaves a record beside the
output: ``out.livens.jsonl``. From Python, ``record_file=`` names another place for it.

papermill loads all engines when it is imported, so this module must not import papermill.
"""

from __future__ import annotations

from typing import Any


class LivensEngine:
    """Runs notebooks on the livens kernel, with a record; has what papermill calls."""

    @staticmethod
    def execute_notebook(nb: Any, kernel_name: str, **options: Any) -> Any:
        """Execute a notebook, and leave a record."""
        return _engine().execute_notebook(nb, kernel_name, **options)

    @staticmethod
    def nb_kernel_name(nb: Any, name: str | None = None) -> Any:
        """Return livens for a notebook in Python, unless a kernel is named."""
        return _engine().nb_kernel_name(nb, name)

    @staticmethod
    def nb_language(nb: Any, language: str | None = None) -> Any:
        """Return which language a notebook is in."""
        return _engine().nb_language(nb, language)


def _engine() -> Any:
    from livens._papermill import RecordingEngine

    return RecordingEngine
