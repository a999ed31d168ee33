"""All that knows the types of libraries, loaded together and as late as can be.

`livens.watching.watcher.Watcher.prepare` calls `load`: a kernel that nobody watches does without.
"""

from __future__ import annotations


def load() -> None:
    """Register the adapters, the readers of contents, and what other distributions bring."""
    from livens.values import adapters, plugins, readers

    adapters.register_all()
    readers.register_all()
    plugins.offer()
