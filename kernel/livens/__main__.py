"""Start a kernel: ``python -m livens -f CONNECTION_FILE``; Jupyter does this, people rarely."""

from __future__ import annotations

import sys


def main() -> None:
    """Launch ipykernel's application with the livens kernel."""
    if sys.path and sys.path[0] == "":
        del sys.path[0]  # as ipykernel_launcher: the user's files must not shadow our imports
    from ipykernel.kernelapp import IPKernelApp

    from livens.kernel import LivensKernel

    IPKernelApp.launch_instance(kernel_class=LivensKernel)


if __name__ == "__main__":
    main()
