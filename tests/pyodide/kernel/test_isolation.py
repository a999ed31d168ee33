"""Code in the kernel does not reach the machine: no files, no network, no processes."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from jupyter_client.kernelspec import KernelSpecManager
from kernels import started
from pyodide_attempts import BEFORE, FATAL, JAVASCRIPT, PYTHON

from livens.client.kernel_specs import PYODIDE_NAME as NAME
from livens.testing import KernelClient

SECRET = "the-secret-of-the-host-7261"
HERE = Path(__file__).parent


class Host:
    """What the attempts would find on this machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "secret.txt"
        self.file.write_text(SECRET)
        self.server = socket.create_server(("127.0.0.1", 0))
        self.connections = 0
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.server.accept()
            except OSError:
                return
            self.connections += 1
            connection.close()

    def close(self) -> None:
        """Listen no more."""
        self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()
        self._thread.join()

    def names(self) -> str:
        """Return the code that gives the attempts their names."""
        port = self.server.getsockname()[1]
        names = f"SECRET_FILE, PORT, FOLDER, VARIABLE = {str(self.file)!r}, {port}, "
        return names + f"{str(self.folder)!r}, 'LIVENS_TEST_SECRET'\n{BEFORE}"

    def check(self, *told: object) -> None:
        """Fail if code has reached anything."""
        assert SECRET not in json.dumps(told, default=str)
        assert self.connections == 0
        assert os.listdir(self.folder) == ["secret.txt"]


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """A file, a server and a folder that are not to be reached."""
    found = Host(tmp_path_factory.mktemp("host"))
    yield found
    found.close()


@pytest.fixture(scope="module")
def prisoner(host: Host) -> Iterator[KernelClient]:
    """A kernel whose process has the secret in its environment."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIVENS_TEST_SECRET", SECRET)
        with started(NAME) as (_, client):
            run = client.execute(host.names())
            assert run.error is None, run.reply
            yield client


@pytest.mark.parametrize("attempt", [*PYTHON, *JAVASCRIPT])
def test_nothing_of_the_host_is_reached(prisoner: KernelClient, host: Host, attempt: str) -> None:
    """Whatever code tries, it gets nothing, leaves nothing, and the kernel goes on."""
    code = {**PYTHON, **JAVASCRIPT}[attempt]
    run = prisoner.execute(f"got = None\n{code}")
    got = prisoner.execute("repr(got)")
    host.check(run.messages, run.reply, got.messages)
    assert run.error is not None or got.result in ("'None'", "'-1'") or attempt == "environment"
    # These would say that the attempt itself is wrong.
    assert run.error not in ("NameError", "SyntaxError", "IndentationError", "ImportError")


@pytest.mark.parametrize("attempt", FATAL)
def test_kernel_ends_rather_than_runs_a_text(host: Host, attempt: str) -> None:
    """C code that has JavaScript evaluated ends this Python, and has nothing evaluated."""
    with started(NAME) as (manager, client):
        client.execute(host.names())
        client.start(FATAL[attempt])
        manager.provisioner.process.wait(timeout=60)
        host.check(*client.messages_for(0))


def test_attempts_succeed_without_the_confinement(tmp_path: Path) -> None:
    """In Pyodide under Node as it is, JavaScript is a way out: the attempts are good ones."""
    secret = tmp_path / "secret.txt"
    secret.write_text(SECRET)
    kernel = Path(KernelSpecManager().get_kernel_spec(NAME).resource_dir)
    script = tmp_path / "open.mjs"
    codes = {name: JAVASCRIPT[name] for name in ("builtin module", "eval", "constructor", "NODEFS")}
    names = f"SECRET_FILE, PORT, FOLDER, VARIABLE = {str(secret)!r}, 1, '', ''\n"
    before = names + BEFORE.replace("subprocess, ", "")
    pyodide = json.dumps((kernel / "node_modules/pyodide/pyodide.mjs").as_uri())
    script.write_text(f"""
const {{ loadPyodide }} = await import({pyodide});
const pyodide = await loadPyodide();
pyodide.runPython({json.dumps(before)});
for (const [name, code] of Object.entries({json.dumps(codes)})) {{
  await pyodide.runPythonAsync(`${{code}}\\nprint({{"${{name}}": str(got)}})`);
}}
process.exit(0);
""")
    node = shutil.which("node")
    assert node is not None
    done = subprocess.run(
        [node, str(script)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.count(SECRET) == len(codes), done.stderr[-500:]


def test_no_function_of_node_is_reachable() -> None:
    """By properties, getters and prototypes, from all that Python has of JavaScript's."""
    spec = KernelSpecManager().get_kernel_spec(NAME)
    options = [word for word in spec.argv if word.startswith("--")]
    done = subprocess.run(
        [spec.argv[0], *options, str(HERE / "reachable.mjs"), spec.resource_dir],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-500:]
    found = json.loads(done.stdout)
    assert "process.binding is process.binding" in found["before"]["reached"]
    assert found["after"]["objects"] > 10_000
    assert found["after"]["reached"] == []
