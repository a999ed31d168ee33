"""Kernels that are started in other ways than by the kernelspec."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from livens.testing import KernelClient

pytestmark = pytest.mark.every_python("namespaces of other kinds, and the debugger")

Start = Callable[..., AbstractContextManager[tuple[Any, KernelClient]]]
Launch = Callable[[str], AbstractContextManager[KernelClient]]


@pytest.fixture
def launch(start: Start, tmp_path: Path) -> Launch:
    """Start a kernel by a program of its own; it finds its connection file in ``sys.argv[1]``."""

    @contextmanager
    def launched(program: str) -> Iterator[KernelClient]:
        folder = tmp_path / "launched"
        folder.mkdir()
        script = folder / "launcher.py"
        script.write_text(dedent(program))
        argv = [sys.executable, str(script), "{connection_file}"]
        spec = {"argv": argv, "display_name": "launched", "language": "python"}
        spec["metadata"] = {"supported_encryption": ["curve"]}
        (folder / "kernel.json").write_text(json.dumps(spec))
        with start("launched", folder=tmp_path, extra_arguments=[]) as (_, client):
            yield client

    return launched


EMBEDDED = """
    import sys
    from ipykernel.embed import embed_kernel
    from livens.kernel.kernel import LivensKernel

    count = 10

    def bump():
        global count
        count += 1
        return count

    def work():
        inside = "local"
        embed_kernel({options}kernel_class=LivensKernel, connection_file=sys.argv[1])

    work()
"""


def test_embedded_kernel_shows_where_it_is_embedded(launch: Launch) -> None:
    """embed_kernel() shows the function's locals; the module's functions run on the module."""
    with launch(EMBEDDED.format(options="")) as client:
        client.open()
        assert client.previews["inside"] == "'local'"
        assert client.execute("inside, count, bump(), count").result == "('local', 10, 11, 11)"
        assert client.execute("inside = [1]; new = 2").error is None
        assert client.previews["inside"], client.previews["new"] == ("[1]", "2")
        kind = "type(get_ipython().user_ns).__name__, type(globals()).__name__"
        assert client.execute(kind).result == "('MonitoredDict', 'dict')"
        assert client.execute("for i in range(3): last = i\nlast, inside").result == "(2, [1])"
        assert client.previews["last"] == "2"


def test_embedded_kernel_writes_into_the_dict_that_it_is_given(launch: Launch) -> None:
    """The dict passed as local_ns is wrapped: both sides see what the other stores."""
    program = EMBEDDED.format(options="local_ns=shared, ").replace(
        "count = 10",
        "count, shared = 10, {'given': 1}\n"
        "    def seen(): return sorted(k for k in shared if k in ('given', 'stored', 'later'))\n"
        "    def put(): shared['later'] = 5",
    )
    with launch(program) as client:
        client.open()
        assert client.previews["given"] == "1"
        assert client.execute("stored = 2; seen()").result == "['given', 'stored']"
        assert client.execute("put(); later").result == "5"
        assert client.previews["later"] == "5"


LAUNCHER = """
    import sys, threading
    from ipykernel.kernelapp import IPKernelApp
    from livens.kernel.kernel import LivensKernel

    namespace = {{"spark": "not yet", "go": threading.Event(), "done": threading.Event()}}

    def initialize():
        namespace["go"].wait()
        namespace["spark"] = "session"
        namespace["sc"] = [1]
        namespace["done"].set()

    threading.Thread(target=initialize, daemon=True).start()
    app = IPKernelApp.instance(kernel_class=LivensKernel, {options}connection_file=sys.argv[1])
    app.initialize([])
    {after}
    app.start()
"""


@pytest.mark.parametrize(
    ("options", "after"),
    [
        pytest.param("user_ns=namespace, ", "", id="as-enterprise-gateway"),
        pytest.param("", "app.kernel.user_ns = namespace", id="kernel-user_ns-later"),
        pytest.param("", "app.user_ns = namespace", id="app-user_ns-later"),
        pytest.param(
            "", "app.shell.user_ns = namespace; app.shell.init_user_ns()", id="shell-user_ns-later"
        ),
    ],
)
def test_launchers_own_dict_is_wrapped(launch: Launch, options: str, after: str) -> None:
    """A thread of the launcher that stores into its dict after the start is seen, live."""
    with launch(LAUNCHER.format(options=options, after=after)) as client:
        client.open()
        # IPython hides what was there at the start, from %who as well.
        assert client.previews.get("spark") == (None if options else "'not yet'")
        client.execute("go.set(); done.wait(60)")
        client.wait_for(lambda: client.previews.get("sc") == "[1]")
        assert client.previews["spark"] == "'session'"
        assert client.execute("spark, sc").result == "('session', [1])"
        cell = (
            "mine = 1\ntype(get_ipython().user_ns).__name__, get_ipython().user_ns.target['mine']"
        )
        assert client.execute(cell).result == "('MonitoredDict', 1)"
        assert client.previews["mine"] == "1"


def test_functions_of_a_launchers_namespace_work(launch: Launch) -> None:
    """With a dict of the launcher's, `global`, magics, pickle and loops behave as ever."""
    program = LAUNCHER.format(options="user_ns=namespace, ", after="")
    with launch(program) as client:
        client.open()
        code = (
            "%%time\nn = 0\ndef bump():\n    global n\n    n += 1\n    return n\n"
            "for i in range(3): bump()"
        )
        assert client.execute(code).error is None
        code = "import pickle\nclass P: pass\nn, bump(), type(pickle.loads(pickle.dumps(P()))) is P"
        assert client.execute(code).result == "(3, 4, True)"
        assert client.previews["n"] == "4"
        kinds = "type(bump.__globals__).__name__, type(get_ipython().user_ns).__name__"
        assert client.execute(kinds).result == "('dict', 'MonitoredDict')"
        assert (
            client.execute("import __main__; __main__.n, __main__.__dict__['n']").result == "(4, 4)"
        )


def test_launchers_own_kind_of_dict_is_wrapped(launch: Launch) -> None:
    """A namespace that is an instance of a subclass of dict is taken as it is, as IPython does."""
    program = LAUNCHER.format(options="user_ns=namespace, ", after="").replace(
        'namespace = {"spark"', 'namespace = OrderedDict()\n    namespace |= {"spark"'
    )
    with launch("    from collections import OrderedDict\n" + program) as client:
        client.open()
        cell = "n = 1\ndef f():\n    global n\n    n += 1\nf()\nfor i in range(3): n += 1\nn, spark"
        assert client.execute(cell).result == "(5, 'not yet')"
        assert client.previews["n"] == "5"
        kinds = "type(get_ipython().user_ns).__name__, type(get_ipython().user_ns.target).__name__"
        assert client.execute(kinds).result == "('MonitoredDict', 'OrderedDict')"


def test_namespace_can_be_exchanged_while_it_is_watched(launch: Launch) -> None:
    """When the namespace is replaced under a subscriber, it is told the new one."""
    with launch(LAUNCHER.format(options="", after="")) as client:
        client.open()
        client.execute("old = 1")
        assert client.previews["old"] == "1"
        client.execute("get_ipython().kernel.user_ns = {'other': 2}")
        client.wait_for(lambda: client.previews.get("other") == "2")
        assert "old" not in client.previews
        client.execute("more = 3")
        client.wait_for(lambda: client.previews.get("more") == "3")


IN_PROCESS = """
    import json, sys
    from ipykernel.inprocess.blocking import BlockingInProcessKernelClient
    from ipykernel.inprocess.constants import INPROCESS_KEY
    from ipykernel.inprocess.ipkernel import InProcessInteractiveShell, InProcessKernel
    from jupyter_client.session import Session
    from traitlets import Type
    from traitlets.config import Config
    from livens.kernel.kernel import LivensKernel
    from livens.kernel.shell import MonitoredShell

    class Shell(MonitoredShell, InProcessInteractiveShell):
        pass

    class Embedders(InProcessInteractiveShell):
        pass

    {kernel_class}
    session = Session(key=INPROCESS_KEY)
    config = Config()
    config.InProcessInteractiveShell.autocall = 2
    config.ZMQInteractiveShell.ast_node_interactivity = "all"
    kernel = Kernel(session=session, config=config)
    client = BlockingInProcessKernelClient(kernel=kernel, session=session)
    kernel.frontends.append(client)
    client.start_channels()
    told = []

    import livens
    handle = livens.on_change("x", lambda variable: told.append(variable.preview))
    client.execute("x = 5")
    client.execute("for i in range(3): x = i * 10")
    client.execute("def f():\\n    global x\\n    x = 'g'\\nf()")
    reply = client.get_shell_msg()
    handle.close()
    user_ns = kernel.shell.user_ns
    kinds = [type(user_ns).__name__, type(user_ns["f"].__globals__).__name__]
    shell = kernel.shell
    assert isinstance(shell, (InProcessInteractiveShell, MonitoredShell))
    assert (shell.autocall, shell.ast_node_interactivity, shell.kernel) == (2, "all", kernel)
    assert InProcessInteractiveShell.instance() is shell is kernel.shell_class.instance()
    shell.enable_gui("inline")
    assert shell.active_eventloop == "inline"
    kinds.append(type(shell).__name__)
    status = reply["content"]["status"]
    found = {{"told": told, "kinds": kinds, "x": user_ns["x"], "status": status}}
    kernel.iopub_thread.stop()
    sys.__stdout__.write(json.dumps(found))
"""


@pytest.mark.parametrize(
    ("kernel_class", "name"),
    [
        ("class Kernel(LivensKernel, InProcessKernel): shell_class = Type(Shell)", "Shell"),
        ("class Kernel(LivensKernel, InProcessKernel): pass", "InProcessInteractiveShell"),
        ("class Kernel(InProcessKernel, LivensKernel): pass", "InProcessInteractiveShell"),
        (
            "class Kernel(LivensKernel, InProcessKernel): shell_class = Type(Embedders)",
            "Embedders",
        ),
        (
            "class Kernel(InProcessKernel, LivensKernel): pass\n"
            "    from functools import partial; Kernel = partial(Kernel, shell_class=Embedders)",
            "Embedders",
        ),
    ],
    ids=["own-mixin", "before", "after", "own-shell", "argument"],
)
def test_kernel_in_the_same_process(tmp_path: Path, kernel_class: str, name: str) -> None:
    """An in-process kernel keeps its kind of shell, or an embedder's, and can be watched as well.

    The settings of the shell, by the names of its classes, are those of stock.
    """
    script = tmp_path / "in_process.py"
    script.write_text(dedent(IN_PROCESS.format(kernel_class=kernel_class)))
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found.pop("told")[-1] == "'g'"
    assert found == {"kinds": ["MonitoredDict", "dict", name], "x": "g", "status": "ok"}


OWN_SHELL = """
    import sys
    from ipykernel.kernelapp import IPKernelApp
    from ipykernel.zmqshell import ZMQInteractiveShell
    from traitlets import Integer, Type
    from traitlets.config import Config
    from livens.kernel.kernel import LivensKernel

    class OwnShell(ZMQInteractiveShell):
        speed = Integer(1).tag(config=True)

        async def run_code(self, *args, **options):
            self.user_global_ns["ran"] = self.user_global_ns.get("ran", 0) + 1
            return await super().run_code(*args, **options)

    class OwnKernel(LivensKernel):
        shell_class = Type(ZMQInteractiveShell, ZMQInteractiveShell).tag(config=True)

    config = Config()
    config.OwnKernel.shell_class = "__main__.OwnShell"
    config.OwnShell.speed = 5
    config.ZMQInteractiveShell.ast_node_interactivity = "all"
    app = IPKernelApp.instance(
        kernel_class=OwnKernel, connection_file=sys.argv[1], config=config
    )
    app.initialize([])
    app.start()
"""


def test_own_shell_by_a_setting(launch: Launch) -> None:
    """A shell class that a setting names runs the code, with its settings, and is watched."""
    with launch(OWN_SHELL) as client:
        client.open()
        run = client.execute("x = 1\ntype(get_ipython()).__name__, get_ipython().speed\n")
        assert run.result == "('OwnShell', 5)"
        assert client.previews["x"] == "1"
        client.wait_for(lambda: int(client.previews.get("ran", 0)) >= 2)
        shown = client.execute("1\n2").messages
        assert sum(m["msg_type"] == "execute_result" for m in shown) == 2


def test_shell_is_known_by_its_name(ours: KernelClient, stock: KernelClient) -> None:
    """Libraries that go by the name of the shell's class take livens for the ipykernel it is."""
    for code in (
        "type(get_ipython()).__name__, type(get_ipython()).__module__, str(type(get_ipython()))",
        "from rich.console import Console; Console().is_jupyter",
        "import pickle; pickle.loads(pickle.dumps(type(get_ipython()))) is type(get_ipython())",
        "import copy; copy.copy(type(get_ipython())) is type(get_ipython())",
        "import inspect; inspect.getsourcefile(type(get_ipython())).split('/')[-1]",
        "from ipykernel.zmqshell import ZMQInteractiveShell as Z; Z.instance() is get_ipython()",
    ):
        run = ours.execute(code)
        assert (run.error, run.result) == (None, stock.execute(code).result)
    for code in ("%config ZMQInteractiveShell", "%config"):
        assert ours.execute(code).stdout.count("ZMQInteractiveShell") >= 1


def test_files_of_the_user_do_not_shadow_what_the_kernel_imports(
    start: Callable[..., Any], tmp_path: Path
) -> None:
    """A kernel starts in a folder with a comm.py, and the user's import finds that file."""
    (tmp_path / "comm.py").write_text("raise RuntimeError('shadowed')\n")
    (tmp_path / "mine.py").write_text("x = 5\n")
    with start(cwd=str(tmp_path)) as (_, client):
        assert client.execute("import mine; print(mine.x)").stdout == "5\n"
