"""A notebook gives the same outputs in a sandbox as without one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from sandboxed import kernel_spec

from livens.client.environments import OneKernel
from livens.sandbox.provisioner import SandboxProvisioner

pytestmark = pytest.mark.slow

CELLS = [
    "print('text'); 40 + 2",
    "import sys; print('to stderr', file=sys.stderr)",
    "1 / 0",
    "def broken(:",
    "import no_such_module",
    "input('name? ')",
    "import os; os.makedirs('made', exist_ok=True); open('made/file.txt', 'w').write('ä')",
    "open('made/file.txt').read(), sorted(os.listdir())",
    "open('local_module.py', 'w').write('value = 7'); import local_module; local_module.value",
    "%%bash\necho from a shell; false",
    "!echo $((6 * 7))",
    "%cd made\n%pwd\n%cd ..",
    "from IPython.display import HTML, display; display(HTML('<b>bold</b>')); HTML('<i>it</i>')",
    "import pandas as pd; pd.DataFrame({'a': [1, 2], 'b': ['x', None]})",
    "import numpy as np; np.linalg.solve(np.array([[2.0, 1], [1, 3]]), np.array([1.0, 2]))",
    "import threading; thread = threading.Thread(target=print, args=('in a thread',))\n"
    "thread.start(); thread.join()",
    "from concurrent.futures import ProcessPoolExecutor\n"
    "import multiprocessing as mp, operator\n"
    "with ProcessPoolExecutor(1, mp_context=mp.get_context('spawn')) as pool:\n"
    "    print(list(pool.map(operator.neg, range(4))))",
    "import asyncio; await asyncio.sleep(0, 'awaited')",
    "import tempfile\nwith tempfile.TemporaryFile() as file: print(file.write(b'123'))",
    "import sqlite3\nwith sqlite3.connect('data.db') as data:\n"
    "    print(data.execute('select 1 + 1').fetchall())",
    "import locale, time; sys.getfilesystemencoding(), time.tzname, '{:%B}'.format("
    "__import__('datetime').date(2026, 1, 1))",
    "from multiprocessing.shared_memory import SharedMemory\n"
    "memory = SharedMemory(create=True, size=10); memory.buf[0] = 5; print(memory.buf[0])\n"
    "memory.close(); memory.unlink()",
    "import subprocess; subprocess.run(['sh', '-c', 'kill -9 $$']).returncode",
    "%load_ext livens",
    "get_ipython().user_ns.__class__.__name__",
    "import socket\nwith socket.create_server(('127.0.0.1', 0)) as server:\n"
    "    with socket.create_connection(server.getsockname()) as there:\n"
    "        there.sendall(b'hello'); print(server.accept()[0].recv(5))",
    "raise SystemExit",
]


def outputs(folder: Path, *, sandboxed: bool) -> list[list[Any]]:
    """Return the outputs of all cells, which run in a folder."""
    folder.mkdir()
    spec = kernel_spec()
    if not sandboxed:
        spec.metadata = {}
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code) for code in CELLS])
    client = NotebookClient(
        notebook,
        kernel_name="x",
        allow_errors=True,
        coalesce_streams=True,  # into how many messages a text is divided is a matter of time
        timeout=60,
        resources={"metadata": {"path": str(folder)}},
    )
    client.create_kernel_manager()
    client.km.kernel_spec_manager = OneKernel(spec)
    manager = client.km
    client.execute()
    assert isinstance(manager.provisioner, SandboxProvisioner) == sandboxed
    return [cell.outputs for cell in notebook.cells]


@pytest.mark.long_because("a notebook runs twice, with processes of its own")
def test_outputs_are_the_same(tmp_path: Path) -> None:
    """Files, shells, processes, threads, errors, libraries: all as outside."""
    inside = outputs(tmp_path / "folder", sandboxed=True)
    (tmp_path / "folder").rename(tmp_path / "of-the-sandbox")
    outside = outputs(tmp_path / "folder", sandboxed=False)
    for code, there, here in zip(CELLS, inside, outside, strict=True):
        assert there == here, code
    assert inside[0][1]["data"]["text/plain"] == "42"
