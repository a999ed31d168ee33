"""Everything IPython and ipykernel do keeps working.

Each case runs on a stock ipykernel and on ours, and twice on ours: while nobody watches, and while
somebody does; then what the subscriber knows has to be right as well.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from parity import Pair, saved, tidy, tidy_profile, tidy_times

from livens.testing import DEFAULT_TIMEOUT_S, KernelClient, Run

pytestmark = pytest.mark.every_python(
    "tracebacks, timing and what else IPython asks of the interpreter"
)


@pytest.fixture
def pair(stock: KernelClient, ours: KernelClient, tmp_path: Path) -> Pair:
    """Both kernels, each in a folder of this test's own."""
    for kernel, name in ((stock, "stock"), (ours, "livens")):
        (tmp_path / name).mkdir()
        assert kernel.execute(f"%cd -q {tmp_path / name}").error is None
    return Pair(stock, ours, tmp_path)


# -- code in cells -------------------------------------------------------------------------


@pytest.mark.parametrize("cells", saved("code"))
def test_cells_do_what_they_do_on_a_stock_kernel(pair: Pair, cells: str) -> None:
    """Statements, scopes, namespaces and modules behave and show as on a stock kernel."""
    pair.run(cells)


ERRORS = {
    "missing-name": ("NameError", "x = 1\nprint(xx)"),
    "missing-name-in-function": ("NameError", "def f():\n    return xx\nf()"),
    "missing-name-in-loop": ("NameError", "for i in range(2):\n    print(xx)"),
    "missing-global": ("NameError", "def f():\n    global g\n    del g\nf()"),
    "del": ("NameError", "del undefined"),
    "del-in-loop": ("NameError", "for i in range(2):\n    del undefined"),
    "item": ("KeyError", "get_ipython().user_ns['undefined']"),
    "item-of-globals": ("KeyError", "globals()['undefined']"),
    "del-item": ("KeyError", "del get_ipython().user_ns['undefined']"),
    "await": ("ValueError", "async def f():\n    raise ValueError('v')\nawait f()"),
    "nested": (
        "RuntimeError",
        "try:\n    1/0\nexcept ZeroDivisionError as e:\n    raise RuntimeError('r') from e",
    ),
    "in-a-with": (
        "ZeroDivisionError",
        "with open('/dev/null') as f:\n    x = 1\n    y = (x /\n         0)\n    z = 2",
    ),
    "in-a-handler": (
        "KeyError",
        "if (n := 1):\n    try:\n        x = 1\n        {}['k']\n    finally:\n        y = x",
    ),
    "in-a-function-in-an-if": (
        "ZeroDivisionError",
        "if True:\n    def f(a):\n        b = a\n        return b / 0\n    x = 1\n    y = f(x)",
    ),
    "syntax-in-an-if": ("SyntaxError", "if True:\n    x = 1\n    return x"),
    "syntax": ("SyntaxError", "x = = 1"),
    "indentation": ("IndentationError", "if True:\npass"),
    "return-at-top": ("SyntaxError", "return 5"),
    "import": ("ModuleNotFoundError", "import no_such_module_here"),
    "import-name": ("ImportError", "from os import no_such_name_here"),
    "exit": ("SystemExit", "raise SystemExit(2)"),
    "magic": ("UsageError", "%no_such_magic"),
    "time": ("ZeroDivisionError", "%time 1/0"),
    "time-cell": ("ZeroDivisionError", "%%time\ndef f():\n    1/0\nf()"),
    "timeit": ("NameError", "%timeit -n1 -r1 undefined"),
    "run": (None, "%run fails.py"),
    "run-i": (None, "%run -i fails.py"),
    "group": ("ExceptionGroup", "raise ExceptionGroup('g', [ValueError(1), TypeError(2)])"),
    "recursion": (
        "RecursionError",
        "import inspect, sys\ndef f(): return f()\nlimit = sys.getrecursionlimit()\n"
        "sys.setrecursionlimit(len(inspect.stack()) + 40)\n"
        "try: f()\nfinally: sys.setrecursionlimit(limit)",
    ),
    "store-that-raises": ("TypeError", "get_ipython().user_ns[[]] = 1"),
    "assertion": ("AssertionError", "class C:\n    assert 1 == 2, 'no'"),
}


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in ERRORS.items()])
def test_errors_look_as_on_a_stock_kernel(pair: Pair, case: tuple[str | None, str]) -> None:
    """The name, the message and every line of the traceback are those of a stock kernel."""
    pair.write("fails.py", "def fail():\n    1/0\nfail()\n")
    error, cell = case
    pair.run(cell, raises=error, tidy=tidy_times)
    pair.run("'next cell'")


# -- magics --------------------------------------------------------------------------------


@pytest.mark.parametrize("cells", saved("magics"))
def test_magics_do_what_they_do_on_a_stock_kernel(pair: Pair, cells: str) -> None:
    """Magics print, return and leave behind what they do on a stock kernel."""
    pair.write(
        "script.py",
        """
        import sys
        made, where, counted = sys.argv[1:], __name__, 0
        def bump():
            global counted, called
            counted += 1
            called = True
            return counted
        if __name__ == '__main__':
            print('as a program', bump())
        """,
    )
    pair.write(
        "uses.py",
        """
        total = base + 1
        def add(n):
            global total
            total += n + base
            return total
        """,
    )
    pair.write("quiet.py", "pass")
    pair.run(cells, tidy=tidy_times)


def test_autoreload_renews_modules_and_names(pair: Pair, request: pytest.FixtureRequest) -> None:
    """%autoreload 2 renews what a module's functions do, 3 adds and renews imported names."""
    name = f"mod_{request.node.callspec.params['ours']}"  # it is remembered by its name
    pair.write(f"{name}.py", "value = 1\ndef get(): return value")
    pair.run(
        f"""
        %load_ext autoreload
        # %%
        %autoreload 2
        # %%
        import {name} as mod, os
        from {name} import value, get
        def change(text, when):
            with open(mod.__file__, 'w') as file:
                file.write(text)
            os.utime(mod.__file__, (when, when))
        value, get()
        # %%
        change('value = 2\\ndef get(): return value * 10\\nextra = 3', 2e9)
        # %%
        mod.value, get(), mod.extra
        # %%
        %autoreload 3
        # %%
        from {name} import get, value
        # %%
        change('value = 5\\ndef get(): return value * 100\\nmore = 6', 2.1e9)
        # %%
        get(), mod.value, value, mod.more
        # %%
        %autoreload 0
        """
    )


def test_profiler_sees_the_same_functions(pair: Pair) -> None:
    """%prun names the functions that it names on a stock kernel, and runs `global` right."""
    pair.run(
        """
        n = 0
        def bump():
            global n
            n += 1
        def work():
            for _ in range(3): bump()
        # %%
        %prun -q work()
        # %%
        n
        # %%
        %prun work()
        # %%
        %%prun
        work()
        made = n
        # %%
        n, made
        """,
        tidy=tidy_profile,
    )
    assert pair.ours.execute("n, made").result == "(9, 9)"


# -- the debugger and other input ------------------------------------------------------------


def answered(kernel: KernelClient, cell: str, answers: list[str]) -> tuple[list[str], Run]:
    """Run a cell that asks; returns what it asked, and what came of it."""
    msg_id = kernel.start(cell, allow_stdin=True)
    prompts = []
    for answer in answers:
        request = kernel.client.get_stdin_msg(timeout=DEFAULT_TIMEOUT_S)
        prompts.append(request["content"]["prompt"])
        kernel.client.input(answer)
    return prompts, kernel.finish(msg_id)


ASKING = {
    "input": ("name = input('who? ')\nprint('hello', name)", ["me"]),
    "getpass": ("import getpass\nlen(getpass.getpass('secret: '))", ["abc"]),
    "in-a-loop": ("got = []\nfor i in range(3): got.append(input(f'{i}: '))\ngot", ["a", "b", "c"]),
    "in-a-function": ("def f():\n    global n\n    n = input()\n    return n\nf()", ["x"]),
    "reset": ("%reset", ["y"]),
    "reset-denied": ("keep = 1\n%reset", ["n"]),
    "debug-a-statement": (
        "def f(a):\n    b = a + 1\n    return b\n%debug f(1)",
        ["s", "n", "n", "p a, b", "w", "c"],
    ),
    "breakpoint-without-debugger": ("breakpoint()", []),
    "breakpoint": (
        "import pdb; x = 1\ndef f(a):\n    pdb.set_trace()\n    return a + x\nf(2)",
        ["p a, x", "u", "p x", "x = 10", "!y = 5", "d", "n", "c"],
    ),
    "breakpoint-at-top": (
        "import pdb; x = 1\npdb.set_trace()\nx = 2",
        ["p x", "!x = 7", "pp x", "c"],
    ),
    "breakpoint-in-loop": (
        "import pdb\nfor i in range(3):\n    pdb.set_trace()",
        ["p i", "!i = 9", "p i", "q"],
    ),
}


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in ASKING.items()])
def test_cells_that_ask_get_their_answers(pair: Pair, case: tuple[str, list[str]]) -> None:
    """input(), the debugger and magics ask, and go on with the answers, as on a stock kernel."""
    cell, answers = case
    expected, stock = answered(pair.stock, cell, answers)
    prompts, ours = answered(pair.ours, cell, answers)
    assert prompts == expected
    assert pair.shown(ours, tidy_times) == pair.shown(stock, tidy_times)
    pair.run("sorted(name for name in ('x', 'y', 'i', 'n', 'keep', 'name') if name in globals())")


def test_post_mortem_debugger_sees_what_it_sees_on_a_stock_kernel(pair: Pair) -> None:
    """%debug walks the frames of the last error, shows their variables, and ends with q."""
    cell = "n = 5\ndef inner(a):\n    return a / 0\ndef outer():\n    return inner(n)\nouter()"
    pair.run(cell, raises="ZeroDivisionError")
    answers = ["p a", "u", "p n", "args", "u", "p n", "w", "q"]
    expected, stock = answered(pair.stock, "%debug", answers)
    prompts, ours = answered(pair.ours, "%debug", answers)
    assert prompts == expected == ["ipdb> "] * len(answers)
    assert pair.shown(ours, tidy) == pair.shown(stock, tidy)
    in_magic = "%time inner(3)"
    pair.run(in_magic, raises="ZeroDivisionError", tidy=tidy_times)
    answers = ["w", "u", "u", "u", "p n", "q"]
    _, stock = answered(pair.stock, "%debug", answers)
    _, ours = answered(pair.ours, "%debug", answers)
    assert pair.shown(ours, tidy) == pair.shown(stock, tidy)


# -- looking -------------------------------------------------------------------------------


def test_inspection_shows_what_a_stock_kernel_shows(pair: Pair) -> None:
    """Inspect requests and completeness checks are answered as on a stock kernel."""
    pair.run("def func(a):\n    'Doc.'\n    return a\nclass K: 'Of K.'\nx = 5; d = {'k': [1]}")
    for code in ("func", "x", "d", "K", "K()", "d['k']", "undefined", "len", "str.join", "%time"):
        for detail in (0, 1):
            stock, ours = pair.ask("inspect", code, len(code), detail)
            assert ours == stock
            assert ours["found"] == (code != "undefined")
    for code in ("x = 1", "def f():", "x = (", "x = = 1", "%%time\n1", "for i in x:\n  pass"):
        stock, ours = pair.ask("is_complete", code)
        assert ours == stock


def test_user_expressions_see_the_namespace(pair: Pair) -> None:
    """Expressions of a request are evaluated after the cell; a wrong one shows its error."""
    expressions = {
        "sum": "x + y",
        "missing": "undefined",
        "call": "f(2)",
        "own": "len(get_ipython().user_ns)",
        "listed": "[x for _ in range(2)]",
        "error": "1/0",
    }
    run = pair.run(
        "x, y = 1, 2\ndef f(a): return a * y",
        user_expressions=expressions,
    )
    found = run.reply["user_expressions"]
    assert found["sum"]["data"] == {"text/plain": "3"}
    assert found["missing"]["ename"] == "NameError"


def test_history_is_kept(pair: Pair) -> None:
    """What was typed is in the history, silent and watching requests are not."""
    pair.run("first = 1\n# %%\nsecond = 2")
    pair.ours.execute("third = 3", silent=True)
    replies = []
    for kernel in (pair.stock, pair.ours):
        kernel.client.history(raw=True, output=False, hist_access_type="tail", n=2)
        reply = kernel.client.get_shell_msg(timeout=DEFAULT_TIMEOUT_S)
        replies.append([item[2] for item in reply["content"]["history"]])
    assert replies[0] == replies[1] == ["first = 1", "second = 2"]


TO_COMPLETE = [
    "alph",
    "alpha.app",
    "table['",
    "table['k",
    "nested['a']['",
    "frame.na",
    "func(par",
    "import o",
    "from os.path import jo",
    "%ti",
    "%%ti",
    "str.jo",
    "alpha[0].bit_l",
    "def f(): return alp",
    "get_ipython().us",
    "get_ipython().user_ns['alp",
    "globals()['alp",
    "locals()['alp",
    "In[0].up",
]


@pytest.mark.parametrize("use_jedi", [True, False])
def test_completion_offers_what_a_stock_kernel_offers(pair: Pair, use_jedi: bool) -> None:
    """Names, attributes, dict keys, arguments, modules and magics complete, jedi on and off."""
    pair.run(
        f"""
        %config IPCompleter.use_jedi = {use_jedi}
        # %%
        alpha, alphabet = [1], 2
        table = {{'key1': 1, 'key2': 2}}
        nested = {{'a': {{'b': 1}}}}
        def func(param_one, param_two=2): return param_one
        class Frame: name = 'n'
        frame = Frame()
        """
    )
    offered = {}
    for code in TO_COMPLETE:
        stock, ours = pair.ask("complete", code)
        offered[code] = sorted(ours["matches"])  # modules come in the order of a set
        assert offered[code] == sorted(stock["matches"])
        for key in ("status", "cursor_start", "cursor_end"):
            assert ours[key] == stock[key]
    assert offered["alph"] == ["alpha", "alphabet"]
    assert offered["table['"] == ["key1", "key2"]
    pair.run("%config IPCompleter.use_jedi = False")


def test_notebooks_run_in_the_namespace(pair: Pair) -> None:
    """%run of a notebook stores its names as on a stock kernel."""
    cell = {
        "cell_type": "code",
        "source": "from_notebook = 1\ndef twice():\n    return from_notebook * 2",
        "metadata": {},
        "outputs": [],
        "execution_count": 1,
        "id": "a",
    }
    book = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    pair.write("book.ipynb", json.dumps(book))
    pair.run("%run book.ipynb\n# %%\nfrom_notebook, twice()")
