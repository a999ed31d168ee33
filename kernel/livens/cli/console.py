"""``jupyter livens console``: jupyter console with the variables live below the prompt.

What is shown there is in `livens.cli.live_toolbar`.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from livens.cli.choosing import choose_running
from livens.client.kernels import find_kernel, find_kernel_spec, private_transport
from livens.exceptions import RunFailed


def main(args: argparse.Namespace, others: Sequence[str]) -> int:
    """Run the console; returns the exit code."""
    try:
        from livens.cli.console_app import launch
    except ModuleNotFoundError as err:
        if not (err.name or "").startswith("jupyter_console"):
            raise
        raise RunFailed(
            "jupyter_console is not installed, expected it for `jupyter livens console`; "
            "run `python -m pip install 'livens[console]'`"
        ) from None
    if args.existing is not None:
        path = find_kernel(None, args.existing, choose=choose_running, needs_livens=False)
        launch([f"--existing={path}", *others], args.names)
        return 0
    with private_transport(find_kernel_spec(args.kernel)) as transport:
        settings = [f"--KernelManager.{name}={value}" for name, value in transport.items()]
        if "ip" in transport:  # the console hands these two to its manager itself
            settings = [f"--{name}={value}" for name, value in transport.items()]
        launch([f"--kernel={args.kernel}", *settings, *others], args.names)
    return 0
