"""Kernels of the tests have a loopback address of their own, however they are started."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.multikernelmanager import MultiKernelManager

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="other systems have one loopback address from the beginning"
)

COMMANDS = {
    "livens": ("-m", "livens.cli", "run", "a.ipynb", "--output", "b.ipynb"),
    "nbclient": ("-c", "from nbclient.cli import main; main()", "a.ipynb", "--output=b"),
    "nbconvert": ("-m", "nbconvert", "--execute", "--to=notebook", "a.ipynb", "--output=b"),
    "papermill": ("-m", "papermill", "a.ipynb", "b.ipynb"),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_kernels_of_commands(name: str, tmp_path: Path, own_address: str) -> None:
    """What starts a kernel in another process finds the address as well."""
    code = (
        "import json, os, sys, ipykernel\n"
        "print(json.load(open(ipykernel.get_connection_file()))['ip'], end='')\n"
        "print([path for path in sys.path if 'own_address' in path], end='')"
    )
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    made.metadata["kernelspec"] = {"name": "livens", "display_name": "L", "language": "python"}
    nbformat.write(made, tmp_path / "a.ipynb")
    subprocess.run(
        [sys.executable, *COMMANDS[name]],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        timeout=90,
    )
    (cell,) = nbformat.read(tmp_path / "b.ipynb", as_version=4).cells[-1:]
    assert cell.outputs[0].text == f"{own_address}[]"


def test_kernels_of_this_process(fresh: Any, own_address: str) -> None:
    """Managers find it here, alone and several of them together."""
    manager, client = fresh
    assert manager.ip == own_address
    assert client.execute("1 + 1").result == "2"
    kernels = MultiKernelManager()
    kernel_id = kernels.start_kernel(kernel_name="livens")
    assert kernels.get_kernel(kernel_id).ip == own_address
    kernels.shutdown_all(now=True)
