"""A preprocessor for nbconvert that executes a notebook and leaves a record.

::

    jupyter nbconvert --to html a.ipynb \\
        --Exporter.preprocessors=livens.nbconvert_preprocessor.RecordingPreprocessor \\
        --RecordingPreprocessor.record_file=a.livens.jsonl

``jupyter nbconvert --execute --ExecutePreprocessor.kernel_name=livens`` executes without one.
"""

from __future__ import annotations

from nbconvert.preprocessors.execute import ExecutePreprocessor

from livens.recorder import RecordingNotebookClient


class RecordingPreprocessor(RecordingNotebookClient, ExecutePreprocessor):
    """Executes a notebook on the livens kernel, with a record."""

    enabled = True
