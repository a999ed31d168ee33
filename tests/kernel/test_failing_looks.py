"""One value of three fails, on a real kernel: the cell, the others and the notebook do not notice.

Failures are injected at each place that looks at a value, in a kernel of livens and in a stock one
that has it loaded. What livens has to say of them is in the kernel's log.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
import pytest
from commands import notebook_file, run_in_process
from kernels import started

from livens.testing import KernelClient, Run

pytestmark = pytest.mark.every_python("what the compiler warns of, and how often")

INJECTED = """
import importlib, sys

def loud(*args):
    raise AssertionError("something of the exception's was called")

Loud = type("Loud", (Exception,), {"__str__": loud, "__repr__": loud})

def is_bad(value, *rest):
    return type(value).__name__ == "Bad"

def shows_bad(*args):
    return any("k0" in getattr(each, "labels", ()) for each in args)

PLACES = {
    "measure": ("livens.watching.history", "measure", is_bad),
    "point": ("livens.watching.history", "PointHistory._add", lambda _, name, *rest: name == "bad"),
    "glance": ("livens.watching.remembered", "fingerprint", is_bad),
    "ledger": ("livens.values.checksums", "content_of", is_bad),
    "difference": ("livens.watching.remembered", "difference", shows_bad),
    "description": ("livens.watching.view", "describe", lambda name, value: name == "bad"),
    "path": ("livens.kernel.inspection", "children", is_bad),
    "facts": ("livens.watching.view", "Facts", lambda describe, value: is_bad(value)),
}
CONTENTS = "livens.values.content_registry"
REGISTRIES = {
    "adapter": ("livens.summaries", "register_adapter", "livens.values.registry", "_by_name"),
    "gauge": ("livens.values.gauges", "register_gauge", "livens.values.gauges", "_gauges"),
    "reader": (CONTENTS, "register_reader", CONTENTS, "_by_name"),
}
undo = []

def fail(*args, **options):
    raise Loud

def inject(place):
    if place in REGISTRIES:
        module, register, where, table = REGISTRIES[place]
        getattr(importlib.import_module(module), register)("__main__.Bad", fail)
        undo.append(lambda: getattr(sys.modules[where], table).pop("__main__.Bad"))
        return
    module, path, condition = PLACES[place]
    owner = importlib.import_module(module)
    *classes, name = path.split(".")
    for each in classes:
        owner = getattr(owner, each)
    real = getattr(owner, name)
    def look(*args, **options):
        if condition(*args):
            raise Loud
        return real(*args, **options)
    setattr(owner, name, look)
    undo.append(lambda: setattr(owner, name, real))

def restore():
    while undo:
        undo.pop()()
    sys.modules["livens.values.registry"]._forget()
    sys.modules["livens.values.gauges"]._known.clear()
"""

INSTALL = f"""
def _install():
    import sys, types
    module = types.ModuleType("injected")
    exec({INJECTED!r}, module.__dict__)
    sys.modules["injected"] = module
_install()
del _install
"""

CELLS = [
    "class Bad(dict): pass",
    "before = [1]; bad = Bad((f'k{n}', n) for n in range(200)); after = {'a': 1}",
    "before.append(2)\nbad['bad'] = 1\nafter['b'] = 2\nprint('printed')",
    "import logging, sys\nlogging.basicConfig(force=True)\nprint('by hand', file=sys.stderr)",
    "for n in range(3): before.append(n); bad['k9'] = -n; after['c'] = n",
    "same = bad; before.append('x'); bad['last'] = 1; after['d'] = 4; bad.absent",
    "del same\n'result'",
]
"""Cells of which one prints, one fails, one sets up logging and one has a result."""

REASONS = {
    "measure": "",
    "point": "",
    "gauge": "",
    "path": "",
    "facts": "",
    "difference": "",
    "glance": "comparing it raised Loud",
    "ledger": "comparing it raised Loud",
    "reader": "comparing it raised Loud",
    "adapter": "describing it raised Loud",
    "description": "describing it raised Loud",
}
"""What the bad variable shows; where it is nothing, other things are known of it as ever."""


class Watched(NamedTuple):
    """A kernel in which livens is, and what its process writes to stderr."""

    client: KernelClient
    log: Path


def silently(client: KernelClient, code: str) -> None:
    run = client.execute(code, silent=True)
    assert run.error is None, run.reply


@pytest.fixture(scope="module", params=["livens", "python3"], ids=["kernel", "lite"])
def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Watched]:
    """A kernel of its own, whose stderr is a file."""
    log = tmp_path_factory.mktemp("log") / "stderr"
    with log.open("wb") as stderr, started(request.param, stderr=stderr) as (_, client):
        if request.param == "python3":
            assert client.execute("%load_ext livens").error is None
        silently(client, INSTALL)
        yield Watched(client, log)


@pytest.fixture
def watched(running: Watched) -> Iterator[Watched]:
    """The same with an empty namespace, and without what was injected."""
    client = KernelClient(running.client.client)
    client.execute("%reset -f")
    yield Watched(client, running.log)
    if client.comm_id:
        client.close()
    silently(client, "__import__('injected').restore()")


def outputs(run: Run) -> list[tuple[str, Any]]:
    """Return what a notebook would hold of a run."""
    kinds = ("stream", "error", "execute_result", "display_data")
    found: list[tuple[str, Any]] = []
    for message in run.messages:
        kind, content = message["msg_type"], dict(message["content"])
        if kind not in kinds:
            continue
        if kind == "stream" and found and found[-1][1].get("name") == content["name"]:
            # What is printed comes in as many parts as the kernel had time for.
            found[-1][1]["text"] += content["text"]
        else:
            found.append((kind, content))
    for _, content in found:
        content.pop("execution_count", None)
        if "traceback" in content:  # with the numbers of cells
            content["traceback"] = [
                re.sub(r"In ?\[\d+\]", "In", line) for line in content["traceback"]
            ]
    return found


def played(client: KernelClient) -> tuple[list[Any], dict[str, Any]]:
    """Watch, run the cells, and return their outputs and what was told of the others."""
    client.open(history=10)
    rules = [
        client.request("rule.add", condition=text)
        for text in ("len(before) > 2", "len(bad) > 200 and len(before) > 0")
    ]
    assert all(isinstance(rule, dict) for rule in rules)
    told = [outputs(client.execute(cell)) for cell in CELLS[:2]]
    made = {name: v.version for name, v in client.variables.items()}  # versions never begin anew
    told += [outputs(client.execute(cell)) for cell in CELLS[2:]]
    client.wait_for(lambda: client.request("list")["total"] >= 4)
    client.request("refresh")
    others = {
        name: (v.preview, v.length, v.change, v.status, v.reason, v.version - made[name])
        for name, v in client.variables.items()
        if name in ("before", "after")
    }
    fired = {
        message.params.message.partition(":")[0]
        for message in client.notifications
        if hasattr(message.params, "rule")
    }
    assert "len(before) > 2" in fired
    return told, others


@pytest.mark.parametrize("place", REASONS)
def test_one_of_three_fails(place: str, watched: Watched) -> None:
    """Outputs and the other two are as without; the bad one shows its reason."""
    client, _ = watched
    plain = played(client)
    client.close()
    assert client.execute("%reset -f").error is None
    silently(client, f"__import__('injected').inject({place!r})")
    told, others = played(client)
    assert (told, others) == plain
    bad = client.variables["bad"]
    assert bad.reason == REASONS[place]
    assert bad.status == ("skipped" if REASONS[place] else "current")
    if place == "difference":
        assert bad.change == "changed; writing down the difference raised Loud"
    inspected = client.request("inspect", path=[["name", "bad"]])
    if place == "path":
        assert inspected["variable"]["reason"] == "listing what is below it raised Loud"
    assert client.request("inspect", path=[["name", "before"]])["total"] > 0
    assert client.request("history", name="before")["total"] > 0


def test_words_are_in_the_log_once(watched: Watched) -> None:
    """With the name of the variable; whatever the user's logging does with other words."""
    client, log = watched
    silently(client, "__import__('injected').inject('description')")
    told, _ = played(client)
    assert not [text for cell in told for text in cell if "livens" in str(text)]
    words = log.read_text()
    assert words.count("Variable 'bad' is set aside: describing it raised Loud") >= 1
    start = len(words)
    client.execute("logging.getLogger('theirs').warning('for the notebook')")
    client.execute("bad['more'] = 1")
    client.execute("bad['more'] = 2")
    assert "Variable 'bad'" not in log.read_text()[start:]


def test_logging_of_the_user_is_left_alone(watched: Watched) -> None:
    """The root logger has what the user gave it, and the user's words are shown."""
    client, _ = watched
    client.open()
    client.execute("import logging")
    run = client.execute(
        "logging.basicConfig(force=True, format='%(message)s')\n"
        "logging.getLogger('theirs').warning('mine')\n"
        "print(len(logging.root.handlers), logging.root.level, logging.lastResort.level)"
    )
    assert [c["text"] for kind, c in outputs(run) if kind == "stream"] in (
        ["mine\n", "1 30 30\n"],
        ["1 30 30\n", "mine\n"],
    )


@pytest.mark.parametrize("code", [r'x = "\d"', "1 is 1"], ids=["escape", "literal"])
def test_odd_syntax_is_warned_of_as_often_as_on_stock(
    code: str, watched: Watched, stock: KernelClient
) -> None:
    """Reading a cell beforehand says nothing, and what was shown once is not shown again."""
    client, _ = watched
    client.open()
    quiet = "import warnings\ndef f(): warnings.warn('once')"
    found = [
        [str(outputs(each.execute(cell))).count("arning: ") for cell in (quiet, code, "f()", "f()")]
        for each in (client, stock)
    ]
    assert found[0] == found[1]


def test_recorded_notebook_holds_no_word_of_livens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`jupyter livens run` writes the user's outputs; what was set aside is in the terminal."""
    source = notebook_file(tmp_path / "a.ipynb", "bad = {'bad': 1}\nother = 1", "print(other)")
    target = tmp_path / "b.ipynb"
    startup = Path(tmp_path / "ipython" / "profile_default" / "startup")
    startup.mkdir(parents=True)
    (startup / "inject.py").write_text(INSTALL + "__import__('injected').inject('description')\n")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    done = run_in_process(source, "--output", target)
    assert done.returncode == 0, done.stderr
    cells = nbformat.read(target, as_version=4).cells
    assert [[o.get("text") for o in cell.outputs] for cell in cells] == [[], ["1\n"]]
    assert "skipped: describing it raised Loud" in done.stdout
    assert "Variable 'bad' is set aside" in done.stderr
