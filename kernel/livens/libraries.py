"""All that knows the types of libraries, loaded together and as late as can be.

A host gives `load` to its watcher as `livens.watcher.Watcher.on_first_use`: a kernel that nobody
watches does without.
"""

from __future__ import annotations


def load() -> None:
    """Register the adapters, the readers of contents, and what other distributions bring."""
    from livens import adapters, contents, plugins

    adapters.register_all()
    contents.register_all()
    plugins.offer()
