"""Start a kernel: ``python -m livens -f CONNECTION_FILE``; Jupyter does this, people rarely.

``python -m livens install`` tells Jupyter of this environment, as ``jupyter livens install`` does.
Everything else goes to ipykernel's application.
"""

from __future__ import annotations

import sys
from pathlib import Path

_HELP = """\
usage: python -m livens install [options]
       python -m livens -f CONNECTION_FILE

The first tells Jupyter of livens in this environment. The second starts a
kernel; Jupyter does this.

options:
  install --help  the options of install
  --help-all      all settings of the kernel, which are IPython's too
  --version       the version of IPython

To run and watch notebooks see `jupyter livens --help`.
"""


def main() -> None:
    """Launch ipykernel's application with the livens kernel, or do what the first word says."""
    # As ipykernel_launcher: a file of the user's must not shadow what the kernel imports.
    # IPython puts the folder back for the user's own imports.
    if sys.path[0] == "" or Path(sys.path[0]) == Path.cwd():
        del sys.path[0]
    words = sys.argv[1:]
    if words[:1] == ["install"]:
        from livens.cli import main as command

        sys.exit(command(words, "python -m livens"))
    if "-h" in words or "--help" in words:
        sys.stdout.write(_HELP)
        return
    from ipykernel.kernelapp import IPKernelApp

    from livens.kernel.kernel import LivensKernel

    IPKernelApp.launch_instance(kernel_class=LivensKernel)


if __name__ == "__main__":
    main()
