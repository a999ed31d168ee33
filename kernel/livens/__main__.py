"""Start a kernel: ``python -m livens -f CONNECTION_FILE``; Jupyter does this, people rarely."""

from __future__ import annotations

import sys
from pathlib import Path


def main() -> None:
    """Launch ipykernel's application with the livens kernel."""
    # As ipykernel_launcher: a file of the user's must not shadow what the kernel imports.
    # IPython puts the folder back for the user's own imports.
    if sys.path[0] == "" or Path(sys.path[0]) == Path.cwd():
        del sys.path[0]
    from ipykernel.kernelapp import IPKernelApp

    from livens.kernel.kernel import LivensKernel

    IPKernelApp.launch_instance(kernel_class=LivensKernel)


if __name__ == "__main__":
    main()
