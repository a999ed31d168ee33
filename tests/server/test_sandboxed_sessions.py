"""``jupyter livens serve --sandbox``: each session is in a sandbox, and apart from the others."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import httpx
import psutil
import pytest
from jupyter_client.blocking.client import BlockingKernelClient

if sys.platform != "linux":
    pytest.skip("bubblewrap exists for Linux alone", allow_module_level=True)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def sandboxed(tmp_path_factory: pytest.TempPathFactory, server_class: Any) -> Iterator[Any]:
    """A server whose kernels are in sandboxes, with a limit of one's own."""
    folder = tmp_path_factory.mktemp("sandboxed")
    running = server_class(folder, "--sandbox", "--SandboxProvisioner.max_open_files=77")
    yield running
    running.stop()


@pytest.fixture
def client(sandboxed: Any) -> Iterator[httpx.Client]:
    """A client of it."""
    with sandboxed.client() as client:
        yield client


def run(client: httpx.Client, session: str, code: str) -> str:
    """Return what code prints in a session."""
    answer = client.post(f"/execute/{session}", json={"code": code}).json()
    assert answer["error"] is None, answer
    return str(answer["output"])


def test_sessions_have_folders_of_their_own(client: httpx.Client, sandboxed: Any) -> None:
    """What one writes, the other does not see."""
    run(client, "one", "open('secret.txt', 'w').write('of one')")
    run(client, "two", "open('other.txt', 'w').write('of two')")
    folders = sandboxed.log.parent / "files" / "livens"
    assert (folders / "one" / "secret.txt").read_text() == "of one"
    assert run(client, "two", "import os; print(os.listdir(), os.listdir('..'))") == (
        "['other.txt'] ['two']\n"
    )


def test_notebook_beside_them_sees_no_folder_of_a_session(
    client: httpx.Client, sandboxed: Any
) -> None:
    """Its own folder contains those of the sessions, which are hidden."""
    run(client, "one", "open('secret.txt', 'w').write('of one')")
    body = {
        "path": "nb.ipynb",
        "name": "nb.ipynb",
        "type": "notebook",
        "kernel": {"name": "livens"},
    }
    made = client.post("/api/sessions", json=body).raise_for_status().json()
    connection = sandboxed.runtime / f"kernel-{made['kernel']['id']}.json"
    kernel = BlockingKernelClient(connection_file=str(connection))
    kernel.load_connection_file()
    kernel.start_channels()
    seen = "__import__('os').listdir('livens'), __import__('os').path.basename(_dh[0])"
    reply = kernel.execute("", user_expressions={"seen": seen}, reply=True, timeout=60)
    kernel.stop_channels()
    client.delete(f"/api/sessions/{made['id']}").raise_for_status()
    answer = reply["content"]["user_expressions"]["seen"]
    assert answer["data"]["text/plain"] == "([], 'files')"


def test_token_is_nowhere_in_a_sandbox(client: httpx.Client, sandboxed: Any) -> None:
    """Neither in its environment, nor in Jupyter's files, nor in a command line."""
    token = client.headers["Authorization"].removeprefix("token ")
    code = (
        "import glob, os\n"
        "texts = [str(os.environ)]\n"
        f"paths = glob.glob('/proc/[0-9]*/*') + glob.glob({str(sandboxed.runtime)!r} + '/*')\n"
        "for path in paths:\n"
        "    if os.path.basename(path) in ('environ', 'cmdline') or path.endswith('.json'):\n"
        "        texts.append(open(path).read())\n"
        f"print(len(texts) > 3, {token[:8]!r} + {token[8:]!r} in ''.join(texts))"
    )
    assert run(client, "one", code) == "True False\n"


def test_settings_of_the_command_line_hold(client: httpx.Client) -> None:
    """They are those of the provisioner, as in a configuration file."""
    code = "import resource; print(resource.getrlimit(resource.RLIMIT_NOFILE))"
    assert run(client, "one", code) == "(77, 77)\n"


def test_variables_are_seen(client: httpx.Client) -> None:
    """The server's second connection to the kernel works too."""
    run(client, "watched", "answer = 42")
    assert client.get("/variables/watched/answer").json()["preview"] == "42"


def test_kernel_that_dies_is_started_again(client: httpx.Client) -> None:
    """Jupyter starts it in the sandbox anew, and the session goes on without its variables."""
    run(client, "dies", "x = 1")
    code = {"code": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"}
    assert client.post("/execute/dies", json=code).json()["error"]
    assert run(client, "dies", "import socket; print(socket.gethostname(), 'x' in globals())") == (
        "sandbox False\n"
    )


def test_kernel_of_another_kernelspec_is_in_a_sandbox_too(
    client: httpx.Client, sandboxed: Any
) -> None:
    """Jupyter's own interface starts kernels as well, and so does JupyterLab."""
    made = client.post("/api/kernels", json={"name": "python3"})
    assert made.status_code == 201
    started = psutil.Process(sandboxed.process.pid).children()
    assert {process.name() for process in started} == {"bwrap"}
    assert any("ipykernel_launcher" in process.cmdline() for process in started)
    client.delete(f"/api/kernels/{made.json()['id']}").raise_for_status()
