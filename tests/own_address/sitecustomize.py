"""Gives the kernels that the tests start a loopback address that no other process uses.

Whoever starts a kernel looks for free ports and lets go of them, and the kernel takes them half a
second later. Meanwhile another process may find the same ports free, and one of the two kernels
dies. With an address for each process of the tests, their ports are different ones.

Nothing but this reaches every way to start a kernel: a command, jupyter_server, papermill, nbclient
and nbconvert read their settings from different places, or from none. `jupyter_client` asks one
module of its own which address is this machine's; that module is told here when it is loaded.

Python imports a module of this name when it starts. The tests put this folder into PYTHONPATH and
the address into LIVENS_TESTS_ADDRESS; see `conftest`.
"""

import importlib.util
import os
import sys

MODULE = "jupyter_client.localinterfaces"


def give(module, address):
    """Have `jupyter_client` take an address for this machine's."""
    module._load_ips_psutil = lambda: module._populate_from_list([address, "127.0.0.1"])


class Finder:
    """Finds the module once, for whoever imports it first."""

    def __init__(self, address):
        self._address = address

    def find_spec(self, name, path=None, target=None):
        """Find the module, and change how it is loaded."""
        if name != MODULE:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        load = spec.loader.exec_module

        def load_and_give(module):
            load(module)
            give(module, self._address)

        spec.loader.exec_module = load_and_give
        return spec


if __name__ == "sitecustomize":
    folder = os.path.dirname(__file__)
    sys.path[:] = [entry for entry in sys.path if entry != folder]
    if "LIVENS_TESTS_ADDRESS" in os.environ:
        sys.meta_path.insert(0, Finder(os.environ["LIVENS_TESTS_ADDRESS"]))
