"""Everything IPython and ipykernel do keeps working.

The same cells run on a stock ipykernel and on ours, and everything that a front end would show
has to be equal: what was printed, results, tracebacks, payloads. Each case runs twice, while
nobody watches and while somebody does; then what the subscriber knows has to be right as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from livens.testing import DEFAULT_TIMEOUT_S, KernelClient, Run

Tidy = Callable[[str], str]

_VARYING = [
    (re.compile(r"0x[0-9a-f]+"), "0x#"),
    (re.compile(r"ipykernel_\d+[/\\]\d+\.py"), "ipykernel_#/#.py"),
    (re.compile(r"In ?\[\d+\]"), "In[#]"),
]
_TIME = re.compile(r"[\d.]+ (min|s|ms|μs|µs|us|ns)\b")
_REPEATED = re.compile(r"\(\d+ times\)")


def tidy(text: str) -> str:
    """Take out what differs between two runs on the same kernel: addresses and counters."""
    for pattern, substitute in _VARYING:
        text = pattern.sub(substitute, text)
    return text


def tidy_times(text: str) -> str:
    """Take out what a stop watch printed as well."""
    text = re.sub(r"The slowest run took.*\n|(CPU|Compiler) .*: .*\n", "", tidy(text))
    return _TIME.sub("# s", _REPEATED.sub("(# times)", text))


def tidy_profile(text: str) -> str:
    """Leave only the functions that a profiler's report names."""
    return "\n".join(sorted(set(re.findall(r"[\w.<>]+:\d+\(\S+\)|\{.*\}", tidy(text)))))


def tidied(content: Any, tidy: Tidy) -> Any:
    """Tidy every text in a message's content, and leave the counters out."""
    if isinstance(content, str):
        return tidy(content)
    if isinstance(content, list):
        # A recursion that was too deep shows as often as there was room for.
        return [key for key, _ in groupby(tidied(item, tidy) for item in content)]
    if isinstance(content, dict):
        varying = ("execution_count", "engine_info", "display_id")
        return {key: tidied(item, tidy) for key, item in content.items() if key not in varying}
    return content


def shown(run: Run, tidy: Tidy = tidy) -> list[Any]:
    """Return what a front end would show of an execution, in order, and the reply."""
    outputs: list[Any] = []
    for message in run.messages:
        kind, content = message["msg_type"], message["content"]
        if kind in ("status", "execute_input", "comm_msg"):
            continue
        if kind == "stream":
            kind, content = f"stream {content['name']}", content["text"]
            if outputs and outputs[-1][0] == kind:
                content = outputs.pop()[1] + content
        outputs.append((kind, content))
    return [tidied(list(output), tidy) for output in [*outputs, ("reply", run.reply)]]


def split(cells: str) -> list[str]:
    """Divide a text into cells, at the lines that are ``---``."""
    return [cell.strip("\n") for cell in re.split(r"(?m)^---$", dedent(cells))]


class Pair:
    """A stock kernel and ours, each in a folder of its own, both with an empty namespace."""

    def __init__(self, stock: KernelClient, ours: KernelClient, folder: Path) -> None:
        self.stock = stock
        self.ours = ours
        self.folder = folder

    def run(self, cells: str, tidy: Tidy = tidy, raises: str | None = None, **options: Any) -> Run:
        """Run cells on both, first all on the stock one; what they show has to be equal.

        Only the last cell may, and then has to, raise what *raises* names. Returns what came
        of it on ours.
        """
        expected = [self.stock.execute(cell, **options) for cell in split(cells)]
        found = [self.ours.execute(cell, **options) for cell in split(cells)]
        for cell, ours, stock in zip(split(cells), found, expected, strict=True):
            assert self.shown(ours, tidy) == self.shown(stock, tidy), cell
        errors = {cell: run.error for cell, run in zip(split(cells), found, strict=True)}
        last = errors.pop(split(cells)[-1])
        assert last == raises
        assert not any(errors.values()), [error for error in errors.items() if error[1]]
        return found[-1]

    def shown(self, run: Run, tidy: Tidy) -> list[Any]:
        """Return what was shown, with one name for the folders of both."""
        return shown(
            run, lambda text: re.sub(rf"{self.folder}/(stock|ours0)", "FOLDER", tidy(text))
        )

    def ask(self, method: str, *args: Any) -> list[dict[str, Any]]:
        """Send a shell request other than an execution to both; returns both replies."""
        replies = []
        for kernel in (self.stock, self.ours):
            msg_id = getattr(kernel.client, method)(*args)
            reply = kernel.client.get_shell_msg(timeout=DEFAULT_TIMEOUT_S)
            assert reply["parent_header"]["msg_id"] == msg_id
            replies.append(tidied(reply["content"], tidy))
        return replies

    def write(self, name: str, text: str) -> None:
        """Write a file into the folders of both."""
        for folder in ("stock", "ours0"):
            (self.folder / folder / name).write_text(dedent(text), encoding="utf-8")


@pytest.fixture(params=["unwatched", "watched"])
def ours(request: pytest.FixtureRequest, kernel: KernelClient) -> Iterator[KernelClient]:
    """The shared livens kernel; in the second run of each test with a subscriber."""
    if request.param == "watched":
        kernel.open()
    yield kernel
    if request.param == "watched":
        assert kernel.misses() == {}


@pytest.fixture
def pair(stock: KernelClient, ours: KernelClient, tmp_path: Path) -> Pair:
    """Both kernels, each in a folder of this test's own."""
    stock.execute("%reset -f")
    for kernel, name in ((stock, "stock"), (ours, "ours0")):
        (tmp_path / name).mkdir()
        assert kernel.execute(f"%cd -q {tmp_path / name}").error is None
    return Pair(stock, ours, tmp_path)


# -- code in cells -------------------------------------------------------------------------

CELLS = {
    "results": """
        x = 20
        ---
        x + 1
        ---
        _ * 2
        ---
        _, __, Out[max(Out)], In[-2]
        """,
    "await": """
        import asyncio
        async def work(n):
            await asyncio.sleep(0)
            return n * base
        base = 10
        await work(2)
        ---
        x = await work(3)
        y = [await work(i) for i in range(3)]
        x, y
        ---
        async with asyncio.timeout(5):
            z = await work(4)
        z
        ---
        async def numbers():
            for i in range(3):
                yield i
        async for k in numbers():
            print(k)
        k
        """,
    "await-and-global": """
        import asyncio
        n = 0
        async def bump():
            global n
            n += 1
        await bump()
        ---
        await asyncio.gather(*(bump() for _ in range(5)))
        n
        """,
    "asyncio-tasks": """
        import asyncio
        n = 0
        async def tick():
            global n
            while n < 5:
                n += 1
                await asyncio.sleep(0.001)
        task = asyncio.create_task(tick())
        ---
        await task
        n
        ---
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        def call():
            globals().update(called=True)
            future.set_result(1)
        handle = loop.call_soon(call)
        ---
        await future
        called
        """,
    "global-in-function": """
        n = 0
        def bump():
            global n
            n += 1
            return n
        ---
        bump()
        ---
        bump(); bump()
        n
        ---
        del n
        n = 5
        bump()
        ---
        def drop():
            global n
            del n
        drop()
        'n' in globals(), 'n' in locals(), 'n' in get_ipython().user_ns
        """,
    "locals-and-globals": """
        a = 1
        locals() == globals(), vars() == globals(), 'a' in locals(), 'nope' in locals()
        ---
        locals()['b'] = 2
        globals()['c'] = 3
        vars()['d'] = 4
        locals().update(e=5)
        a, b, c, d, e
        ---
        '%(a)s %(b)s' % locals(), '{c}'.format(**locals()), dict(locals())['d'], {**vars()}['e']
        ---
        def f():
            z = 1
            return sorted(locals()), 'a' in globals()
        f()
        ---
        isinstance(locals(), dict), type(globals()), __name__
        ---
        len(locals()) == len(globals()) == len(list(locals())) == len({**locals()})
        ---
        from types import SimpleNamespace
        SimpleNamespace(**locals()).a, (locals() | {'a': 7})['a'], ({'a': 8} | locals())['a']
        ---
        del locals()['b'], globals()['c']
        [name for name in ('a', 'b', 'c', 'd', 'e') if name in globals()]
        ---
        sorted(name for name in dir() if len(name) == 1)
        """,
    "class-body": """
        size = 3
        class A:
            limit = size + 1
            items = [size for _ in range(limit)]
            def get(self):
                return size, self.limit
        A().get(), A.items, A.__module__
        ---
        class B:
            global made
            made = 'in class'
        made
        ---
        class C(A):
            def get(self):
                return super().get() + (made,)
        C().get()
        """,
    "star-import": """
        from string import *
        digits, ascii_lowercase[:3]
        ---
        from os.path import *
        join('a', 'b')
        """,
    "exec-and-eval": """
        exec('p = 1')
        exec('q = p + 1', globals())
        exec('r = q + 1', get_ipython().user_ns)
        p, q, r
        ---
        eval('p + q + r', get_ipython().user_ns), eval('p'), eval('q', globals(), locals())
        ---
        source = '''
        def f():
            global s
            s = r + 1
            return s
        '''
        exec(source, get_ipython().user_ns)
        f(), s
        ---
        f()
        'f' in globals(), globals()['s']
        ---
        exec('def g(): return s + 1')
        g()
        ---
        ns = {}
        exec('t = 1', ns)
        't' in globals(), ns['t']
        """,
    "scopes": """
        def outer():
            v = 1
            def inner():
                nonlocal v
                v += 1
                return v
            return inner()
        outer()
        ---
        w = 10
        [w + i for i in range(3)], {i: w for i in range(2)}, sum(w for _ in range(3))
        ---
        [last := i for i in range(4)]
        last
        ---
        (lambda: w)(), list(map(lambda i: i + w, range(2)))
        """,
    "statements": """
        a, *b = range(4)
        with open('f.txt', 'w') as handle:
            handle.write('text')
        a, b
        ---
        try:
            1 / 0
        except ZeroDivisionError as err:
            kept = str(err)
        kept, 'err' in globals()
        ---
        match {'k': [1, 2]}:
            case {'k': [first, second]}:
                pass
        first, second
        ---
        import os.path as osp, json
        from collections import OrderedDict as OD
        osp.sep, OD(a=1)
        ---
        number: int = 5
        number, __annotations__ if '__annotations__' in globals() else None
        ---
        i = 0
        while i < 3:
            i += 1
        else:
            done = True
        i, done
        ---
        for i, letter in enumerate('ab'):
            print(i, letter)
        letter
        ---
        x = y = z = 1
        x += 1
        del y, z
        x, 'y' in globals()
        """,
    "builtins-shadowed": """
        len = lambda x: 'mine'
        len([1])
        ---
        del len
        len([1])
        ---
        __builtins__.len([1])
        """,
    "many-names": """
        for i in range(500):
            globals()[f'v{i}'] = i
        sum(globals()[f'v{i}'] for i in range(500))
        ---
        v499
        """,
    "pickle": """
        import pickle, copy
        class P:
            def __init__(self, v):
                self.v = v
            def __eq__(self, other):
                return self.v == other.v
        def func(a):
            return a + 1
        p = P([1])
        ---
        pickle.loads(pickle.dumps(p)) == p, pickle.loads(pickle.dumps(func)) is func
        ---
        pickle.loads(pickle.dumps(P)) is P, copy.deepcopy(p) == p
        ---
        pickle.loads(pickle.dumps({'p': get_ipython().user_ns['p']}))['p'] == p
        """,
    "type-hints": """
        import typing
        class Node:
            next: 'Node | None'
        def walk(node: 'Node', deep: 'int' = 1) -> 'list[Node]': ...
        ---
        typing.get_type_hints(Node), typing.get_type_hints(walk)
        """,
    "dataclass": """
        import collections, enum, typing
        from dataclasses import dataclass, field, asdict
        @dataclass(order=True)
        class D:
            a: int
            b: 'list[int]' = field(default_factory=list)
            c: 'typing.ClassVar[int]' = 3
        d = D(1, [2])
        asdict(d), D(1) < D(2), d
        ---
        class Color(enum.Enum):
            RED = 1
        T = collections.namedtuple('T', 'x y')
        Color.RED, T(1, 2), Color.__module__, T.__module__
        ---
        class NT(typing.NamedTuple):
            x: int
            y: D
        NT(1, d), NT.__module__
        """,
    "inspect": """
        import inspect
        def f(a):
            # a comment
            return a
        class K:
            def m(self):
                return 1
        ---
        print(inspect.getsource(f))
        print(inspect.getsource(K.m))
        inspect.getmodule(f).__name__
        ---
        inspect.signature(f), f.__module__, inspect.getmodule(K) is __import__('__main__')
        ---
        inspect.currentframe().f_code.co_name, inspect.stack()[0].function
        ---
        frame = inspect.currentframe()
        'f' in frame.f_globals, 'f' in frame.f_locals, type(frame.f_globals)
        ---
        del frame
        """,
    "main-module": """
        import sys, __main__
        m = 4
        __main__.m, sys.modules['__main__'] is __main__
        ---
        __main__.k = 5
        k, hasattr(__main__, 'm'), vars(__main__) is globals()
        ---
        del __main__.k
        'k' in globals()
        ---
        import importlib
        importlib.import_module('__main__').m
        """,
    "threads": """
        import threading, concurrent.futures
        n = 0
        def bump():
            global n
            n += 1
        ---
        threads = [threading.Thread(target=bump) for _ in range(8)]
        for t in threads: t.start()
        for t in threads: t.join()
        n
        ---
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            print(sum(pool.map(lambda i: i * n, range(3))))
        ---
        found = []
        t = threading.Thread(target=lambda: found.append(get_ipython().user_ns['n']))
        t.start(); t.join()
        found
        """,
    "display": """
        from IPython.display import display, HTML, clear_output
        display(HTML('<b>x</b>'))
        display(1, 2)
        ---
        class R:
            def _repr_html_(self): return '<i>r</i>'
            def __repr__(self): return 'R!'
        R()
        ---
        handle = display('one', display_id='the-id')
        handle.update('two')
        clear_output()
        ---
        import sys
        print('out'); sys.stdout.flush(); print('err', file=sys.stderr); sys.stderr.flush()
        ---
        x = 5;
        ---
        x;
        ---
        None
        ---
        %config InteractiveShell.ast_node_interactivity = 'all'
        ---
        x
        x + 1
        ---
        %config InteractiveShell.ast_node_interactivity = 'last_expr_or_assign'
        ---
        y = 7
        ---
        %config InteractiveShell.ast_node_interactivity = 'last_expr'
        """,
    "finalisers": """
        class F:
            def __del__(self): print('gone')
        f = F()
        ---
        f = None
        ---
        import weakref
        f = F(); r = weakref.ref(f); r() is f
        ---
        f = F()
        ---
        del f
        r()
        """,
    "hooks": """
        def before(info): print('before', info.raw_cell[:9])
        def after(result): print('after', result.result)
        ip = get_ipython()
        ip.events.register('pre_run_cell', before); ip.events.register('post_run_cell', after)
        ---
        40 + 2
        ---
        ip.events.unregister('pre_run_cell', before); ip.events.unregister('post_run_cell', after)
        """,
    "transformers": """
        import ast
        class Negate(ast.NodeTransformer):
            def visit_Constant(self, node):
                return ast.Constant(-node.value) if type(node.value) is int else node
        get_ipython().ast_transformers.append(Negate())
        ---
        5
        ---
        get_ipython().ast_transformers.clear()
        ---
        def swap(lines): return [line.replace('<>', '!=') for line in lines]
        get_ipython().input_transformers_cleanup.append(swap)
        ---
        1 <> 2
        ---
        get_ipython().input_transformers_cleanup.remove(swap)
        """,
    "push": """
        ip = get_ipython()
        ip.push({'a': 1, 'b': 2})
        a, b
        ---
        ip.push({'hidden': 3}, interactive=False)
        hidden
        ---
        %who_ls
        ---
        def f():
            inside = 1
            get_ipython().push('inside')
        f()
        inside
        ---
        ip.drop_by_id({'a': a})
        'a' in globals(), ip.user_ns.get('b'), sorted(k for k in ip.user_ns if k in 'ab')
        ---
        ip.ex('c = b + 1')
        ip.ev('c * 2'), ip.user_ns['c'], ip.user_global_ns['c']
        ---
        ip.user_ns['d'] = 9
        ip.user_ns.update(e=10)
        d, e
        ---
        del ip.user_ns['d']
        'd' in globals()
        ---
        ip.run_cell('f = 11\\nf')
        f
        ---
        ip.user_module.__name__, ip.user_module.e, ip.user_global_ns is globals()
        """,
}


@pytest.mark.parametrize("cells", [pytest.param(cells, id=name) for name, cells in CELLS.items()])
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
    "nested": ("RuntimeError", "try:\n    1/0\nexcept ZeroDivisionError as e:\n"
               "    raise RuntimeError('r') from e"),
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
    "recursion": ("RecursionError", "def f(): return f()\nf()"),
    "store-that-raises": ("TypeError", "get_ipython().user_ns[[]] = 1"),
    "assertion": ("AssertionError", "class C:\n    assert 1 == 2, 'no'"),
}  # fmt: skip


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in ERRORS.items()])
def test_errors_look_as_on_a_stock_kernel(pair: Pair, case: tuple[str | None, str]) -> None:
    """The name, the message and every line of the traceback are those of a stock kernel."""
    pair.write("fails.py", "def fail():\n    1/0\nfail()\n")
    error, cell = case
    pair.run(cell, raises=error, tidy=tidy_times)
    pair.run("'next cell'")


# -- magics --------------------------------------------------------------------------------

MAGICS = {
    "time": """
        %time x = 1 + 1
        ---
        x
        ---
        %time x + 1
        ---
        def f(a):
            %time b = a + 1
        f(1)
        """,
    "time-cell": """
        n = 0
        ---
        %%time
        def bump():
            global n
            n += 1
            return n
        x = [bump() for _ in range(3)]
        x
        ---
        bump()
        n, x
        ---
        %%time
        global z
        z = bump()
        ---
        z
        """,
    "timeit": """
        n = 0
        def bump():
            global n
            n += 1
        ---
        %timeit -n2 -r2 bump()
        ---
        n
        ---
        %%timeit -n2 -r2 k = n
        k + 1
        bump()
        ---
        n, 'k' in globals()
        ---
        t = %timeit -n1 -r1 -q -o bump()
        type(t).__name__, n
        ---
        def f(a):
            %timeit -n1 -r1 a + n
        f(1)
        ---
        %timeit -n1 -r1 global z; z = n
        ---
        z
        """,
    "who": """
        a = 1; b = 'two'; c = [3]; d = {'k': 4}
        def f(): pass
        class K: pass
        import os
        ---
        %who
        ---
        %who int
        ---
        %who_ls
        ---
        %who_ls int str
        ---
        %whos
        ---
        %psearch a*
        ---
        %pdef f
        ---
        %psource f
        ---
        %pinfo a
        """,
    "xdel": """
        a = [1]; b = a; c = 2
        ---
        %xdel a
        ---
        sorted(name for name in ('a', 'b', 'c') if name in globals())
        ---
        %xdel -n c
        ---
        'c' in globals()
        """,
    "reset": """
        a = 1; _keep = 2
        def f(): return a
        ---
        %reset -f
        ---
        %who_ls
        ---
        'a' in globals(), __name__, '_keep' in globals()
        ---
        _, len(Out), In[-1]
        ---
        import pickle
        class P: pass
        type(pickle.loads(pickle.dumps(P()))) is P
        ---
        b = 1
        globals()['b'], locals()['b'], get_ipython().user_ns['b']
        """,
    "reset-soft": """
        a = 1
        ---
        a
        ---
        %reset -s -f
        ---
        %who_ls
        ---
        'a' in globals(), '_' in globals()
        ---
        %reset -f out
        ---
        %reset -f in
        """,
    "reset-selective": """
        alpha = 1; alto = 2; beta = 3
        ---
        %reset_selective -f ^al
        ---
        %who_ls
        """,
    "capture": """
        %%capture got
        print('hidden')
        x = 5
        'result'
        ---
        got.stdout, x
        ---
        got.show()
        ---
        %%capture --no-stdout
        print('seen')
        def g():
            global y
            y = 2
        g()
        ---
        y
        """,
    "shell": """
        %%bash --out got
        echo one
        ---
        got
        ---
        %%bash --out a --err b --no-raise-error
        echo 1; echo 2 >&2; exit 3
        ---
        a, b
        ---
        %%bash
        echo printed
        ---
        out = !echo three
        ---
        out, out.s
        ---
        name = 'four'
        !echo $name {name}
        ---
        _exit_code
        ---
        !exit 3
        ---
        _exit_code
        ---
        !!echo five
        ---
        out = %sx echo seven
        ---
        out
        ---
        def f(a):
            !echo {a} $a {name}
            b = !echo {a}
            return b
        f('eight')
        ---
        %%script --out s cat
        nine
        ---
        s
        """,
    "var-expand": """
        from IPython.core.magic import *
        @register_line_magic
        def show(line): return line
        @register_cell_magic
        def showc(line, cell): return line, cell
        @register_line_magic
        @needs_local_scope
        def scope(line, local_ns): return line, local_ns.get('y'), 'x' in local_ns
        @register_cell_magic
        @needs_local_scope
        def scopec(line, cell, local_ns): return line, 'x' in local_ns
        @register_line_magic
        @no_var_expand
        def raw(line): return line
        x = 'X'
        del show, showc, scope, scopec, raw
        ---
        %show {x} $x {x + x} {nope} $nope
        ---
        %%showc {x} $x
        body {x}
        ---
        %scope {x}
        ---
        %%scopec {x}
        body
        ---
        %raw {x} $x
        ---
        def f(y):
            ip = get_ipython()
            return [
                ip.run_line_magic('show', '{x} {y}'), ip.run_line_magic('scope', '{y}'),
                ip.run_cell_magic('showc', '{x}', 'c'), ip.run_cell_magic('scopec', '{x}', 'c'),
            ]
        f('Y')
        ---
        def g(y):
            r = %show {y} $y {x}
            %show {y}
            return r
        g('Z')
        ---
        (lambda y: get_ipython().run_line_magic('show', '{y}'))(3)
        ---
        [get_ipython().run_line_magic('show', '{x}') for _ in range(2)]
        ---
        for x in 'ab':
            print(get_ipython().run_line_magic('show', '{x}'))
        ---
        class K:
            v = 2
            w = get_ipython().run_line_magic('show', '{x}{v}')
        K.w
        ---
        def h(y): return get_ipython().var_expand('{x} $y')
        h(5)
        """,
    "environment": """
        %env LIVENS_TEST=1
        ---
        %env LIVENS_TEST
        ---
        import os
        os.environ['LIVENS_TEST']
        ---
        %mkdir -p sub
        ---
        %cd sub
        ---
        %cd -q ..
        ---
        %pwd
        """,
    "files": """
        %%writefile w.py
        q = 1
        def h(): return q
        ---
        %load w.py
        ---
        %pycat w.py
        ---
        %less w.py
        ---
        %%file w2.txt
        text
        ---
        !cat w2.txt
        """,
    "macro": """
        get_ipython().define_macro('m', 'counted = 1\\nprint(counted)')
        ---
        m
        ---
        counted
        """,
    "settings": """
        %precision 3
        ---
        1/3
        ---
        %precision %r
        ---
        %pprint
        ---
        [1, 2]
        ---
        %pprint
        ---
        %config LoggingMagics
        ---
        %xmode Plain
        ---
        %xmode Context
        ---
        %automagic off
        ---
        %automagic on
        ---
        %alias hi echo hello %s
        ---
        %hi you
        ---
        %unalias hi
        """,
    "autocall": """
        def f(*args): return args
        ---
        %autocall 1
        ---
        f 'text'
        ---
        %autocall 0
        ---
        /f 1
        ---
        ,f a b
        ---
        ;f a b
        """,
    "help": """
        def f(a):
            'What f does.'
            return a
        ---
        f?
        ---
        f??
        ---
        ?f
        ---
        nope?
        ---
        x = 5
        ---
        x?
        ---
        str.join?
        ---
        *int*?
        ---
        import os
        os.path?
        """,
    "run": """
        %run script.py one two
        ---
        made, where
        ---
        bump(), counted, called
        ---
        counted
        ---
        bump.__globals__ is globals(), __name__, '__file__' in globals()
        ---
        %run -n script.py
        ---
        where
        ---
        %run -t -N2 quiet.py
        """,
    "run-i": """
        base = 5
        ---
        %run -i uses.py
        ---
        total, add(3), base
        ---
        base = 100
        add(4), total
        ---
        total, __name__, '__file__' in globals()
        ---
        bump = None
        %run -i script.py
        ---
        bump(), counted, where
        """,
    "store": """
        %store -z
        ---
        kept = [1, 2]; other = 'text'
        ---
        %store kept other
        ---
        del kept, other
        ---
        %store -r
        ---
        kept, other
        ---
        %store
        ---
        %store -d other
        ---
        kept = None
        %store -r kept
        ---
        kept
        ---
        %store -z
        """,
}


@pytest.mark.parametrize("cells", [pytest.param(cells, id=name) for name, cells in MAGICS.items()])
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
        ---
        %autoreload 2
        ---
        import {name} as mod, os
        from {name} import value, get
        def change(text, when):
            with open(mod.__file__, 'w') as file:
                file.write(text)
            os.utime(mod.__file__, (when, when))
        value, get()
        ---
        change('value = 2\\ndef get(): return value * 10\\nextra = 3', 2e9)
        ---
        mod.value, get(), mod.extra
        ---
        %autoreload 3
        ---
        from {name} import get, value
        ---
        change('value = 5\\ndef get(): return value * 100\\nmore = 6', 2.1e9)
        ---
        get(), mod.value, value, mod.more
        ---
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
        ---
        %prun -q work()
        ---
        n
        ---
        %prun work()
        ---
        %%prun
        work()
        made = n
        ---
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
        "def f(a):\n    b = a + 1\n    return b\n%debug f(1)", ["s", "n", "n", "p a, b", "w", "c"],
    ),
    "breakpoint-without-debugger": ("breakpoint()", []),
    "breakpoint": (
        "import pdb; x = 1\ndef f(a):\n    pdb.set_trace()\n    return a + x\nf(2)",
        ["p a, x", "u", "p x", "x = 10", "!y = 5", "d", "n", "c"],
    ),
    "breakpoint-at-top": ("import pdb; x = 1\npdb.set_trace()\nx = 2", ["p x", "!x = 7", "pp x", "c"]),
    "breakpoint-in-loop": ("import pdb\nfor i in range(3):\n    pdb.set_trace()", ["p i", "!i = 9", "p i", "q"]),
}  # fmt: skip


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
        "sum": "x + y", "missing": "undefined", "call": "f(2)", "own": "len(get_ipython().user_ns)",
        "listed": "[x for _ in range(2)]", "error": "1/0",
    }  # fmt: skip
    run = pair.run(
        "x, y = 1, 2\ndef f(a): return a * y",
        user_expressions=expressions,
    )
    found = run.reply["user_expressions"]
    assert found["sum"]["data"] == {"text/plain": "3"}
    assert found["missing"]["ename"] == "NameError"


def test_history_is_kept(pair: Pair) -> None:
    """What was typed is in the history, silent and watching requests are not."""
    pair.run("first = 1\n---\nsecond = 2")
    pair.ours.execute("third = 3", silent=True)
    replies = []
    for kernel in (pair.stock, pair.ours):
        kernel.client.history(raw=True, output=False, hist_access_type="tail", n=2)
        reply = kernel.client.get_shell_msg(timeout=DEFAULT_TIMEOUT_S)
        replies.append([item[2] for item in reply["content"]["history"]])
    assert replies[0] == replies[1] == ["first = 1", "second = 2"]


# -- where functions live ------------------------------------------------------------------

KIND_OF_GLOBALS = {
    "cell": "def probe(): return 1\nmade = 1",
    "expression": "probe = lambda: 1\nmade = 1\nprobe",
    "class": "class K:\n    def probe(self): return 1\nprobe, made = K.probe, 1",
    "loop": "for made in range(2):\n    def probe(): return 1",
    "while": "made = 0\nwhile made < 1:\n    made += 1\n    def probe(): return 1",
    "comprehension": "probe = [lambda: i for i in range(2)][1]\nmade = 1",
    "await": "import asyncio\nawait asyncio.sleep(0)\ndef probe(): return 1\nmade = 1",
    "await-in-loop": "import asyncio\nfor made in range(2):\n    await asyncio.sleep(0)\n"
                     "    def probe(): return 1",
    "await-for": "async def two():\n    for i in range(2): yield i\n"
                 "async for made in two():\n    def probe(): return 1",
    "coroutine": "async def probe(): return 1\nmade = await probe()",
    "time": "%time def probe(): return 1\nmade = 1",
    "time-cell": "%%time\ndef probe(): return 1\nmade = 1",
    "timeit": "%timeit -n1 -r1 global probe; probe = lambda: 1\nmade = 1",
    "timeit-cell": "%%timeit -n1 -r1\nglobal probe, made\ndef probe(): return 1\nmade = 1",
    "prun": "%prun -q exec('def probe(): return 1')\nmade = 1",
    "prun-cell": "%%prun -q\ndef probe(): return 1\nmade = 1",
    "capture": "%%capture\ndef probe(): return 1\nmade = 1",
    "capture-loop": "%%capture\nfor made in range(2):\n    def probe(): return 1",
    "run-i": "%run -i probe.py",
    "exec": "exec('def probe(): return 1')\nmade = 1",
    "run-cell": "get_ipython().run_cell('def probe(): return 1\\nmade = 1')",
    "run-cell-in-loop": "for _ in range(2):\n"
                        "    get_ipython().run_cell('def probe(): return 1\\nmade = 1')",
    "ex": "get_ipython().ex('def probe(): return 1')\nmade = 1",
    "execfile": "get_ipython().safe_execfile('probe.py', get_ipython().user_ns)",
}  # fmt: skip


@pytest.mark.parametrize(
    "cell", [pytest.param(cell, id=name) for name, cell in KIND_OF_GLOBALS.items()]
)
def test_functions_have_an_exact_dict_for_globals(
    ours: KernelClient, tmp_path: Path, cell: str
) -> None:
    """However a function is made, its globals are the module's own dict; the shell's is ours."""
    (tmp_path / "probe.py").write_text("def probe(): return 1\nmade = 1\n")
    ours.execute(f"%cd -q {tmp_path}")
    assert ours.execute(cell).error is None
    found = ours.execute(
        "import __main__\n"
        "type(probe.__globals__).__name__, probe.__globals__ is __main__.__dict__, made, "
        "type(get_ipython().user_ns).__name__, get_ipython().user_ns.target is __main__.__dict__"
    )
    assert found.result == "('dict', True, 1, 'MonitoredDict', True)"


def test_shell_shows_its_namespace_to_other_threads_and_tasks(ours: KernelClient) -> None:
    """While a loop or a magic runs on the exact dict, threads and tasks see the MonitoredDict."""
    run = ours.execute(
        "import asyncio, threading\n"
        "def look(): seen.append(type(get_ipython().user_ns).__name__)\n"
        "seen, tasks = [], []\n"
        "for _ in range(1):\n"
        "    thread = threading.Thread(target=look); thread.start(); thread.join()\n"
        "    loop = asyncio.get_running_loop()\n"
        "    _ = loop.call_later(0.01, look)\n"
        "    look()\n"
        "look()\n"
        "await asyncio.sleep(0.05)\n"
        "seen"
    )
    assert run.result == "['MonitoredDict', 'dict', 'MonitoredDict', 'MonitoredDict']"


def test_startup_files_run_on_the_exact_dict(
    start: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Functions from the profile's startup files have an exact dict; `global` works in them."""
    startup = tmp_path / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "first.py").write_text(
        "n = 0\ndef bump():\n    global n, made\n    n += 1\n    made = True\nbump()\n"
    )
    (startup / "second.ipy").write_text("%time later = n\n")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    with start() as (_, kernel):
        run = kernel.execute("bump(); n, made, later, type(bump.__globals__).__name__")
        assert run.result == "(2, True, 1, 'dict')"


# -- other processes -----------------------------------------------------------------------

FORKED = """
import multiprocessing, os, threading
fork = multiprocessing.get_context('fork')
before = 1
def child(pipe):
    global before, only_in_child
    before, only_in_child = 2, 3
    ip = get_ipython()
    ip.user_ns['stored'] = 4
    exec('executed = 5', ip.user_ns)
    kernel = ip.kernel
    threads = [t.name for t in threading.enumerate() if t.name.startswith('livens')]
    pipe.send((before, only_in_child, stored, executed, kernel.watcher.is_watched, threads))
def run_child():
    ours, theirs = fork.Pipe()
    process = fork.Process(target=child, args=(theirs,))
    process.start()
    got = ours.recv()
    process.join(20)
    return got, process.exitcode
"""


def test_forked_children_neither_hang_nor_publish(ours: KernelClient) -> None:
    """A child process works on, is not watched, and what it changes is not told as ours."""
    assert ours.execute(FORKED).error is None
    for _ in range(5):
        assert ours.execute("run_child()").result == "((2, 3, 4, 5, False, []), 0)"
    assert ours.execute("before, 'stored' in globals()").result == "(1, False)"
    if ours.comm_id:
        assert ours.previews["before"] == "1"
        assert not {"only_in_child", "stored", "executed"} & {
            name for message in ours.notifications for name in _told(message)
        }


def _told(message: Any) -> list[str]:
    params = message.params
    return [v.name for v in getattr(params, "changed", None) or getattr(params, "variables", [])]


def test_fork_in_the_middle_of_a_flood_does_not_hang(ours: KernelClient) -> None:
    """Forking while livens' own thread is at work leaves the child with no lock to wait for."""
    ours.execute(FORKED)
    run = ours.execute(
        "got = []\n"
        "for round in range(20):\n"
        "    for name in range(200): globals()[f'v{name}'] = round\n"
        "    got.append(run_child())\n"
        "len(got), got[0] == got[-1]"
    )
    assert run.result == "(20, True)"


def test_pools_of_processes_work(ours: KernelClient) -> None:
    """Functions from cells run in a forked pool, as on any kernel."""
    run = ours.execute(
        "import concurrent.futures, multiprocessing\n"
        "base = 10\ndef work(n): return n + base\n"
        "context = multiprocessing.get_context('fork')\n"
        "with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:\n"
        "    total = sum(pool.map(work, range(4)))\n"
        "total"
    )
    assert run.result == "46"


# -- interrupts ----------------------------------------------------------------------------

ENDLESS = {
    "sync-loop": "n = 0\nwhile True: n += 1",
    "sleep": "import time\nn = 1\ntime.sleep(100)",
    "function": "def spin():\n    global n\n    n = 0\n    while True: n += 1\nspin()",
    "await": "import asyncio\nn = 1\nawait asyncio.sleep(100)",
    "await-in-loop": "import asyncio\nn = 0\nwhile True:\n    n += 1\n    await asyncio.sleep(0.001)",
    "flood": "n = 0\nwhile True:\n    n += 1\n    globals()[f'v{n % 1000}'] = n",
    "flood-of-stores": "def flood(ns):\n    n = 0\n    while True:\n        n += 1\n"
                       "        ns['n'] = ns[f'v{n % 1000}'] = n\nflood(get_ipython().user_ns)",
    "flood-of-statements": "ip = get_ipython()\ndef flood():\n    n = 0\n    while True:\n"
                           "        n += 1\n        exec(f'n = {n}; v{n % 500} = {n}', globals(), ip.user_ns)\n"
                           "flood()",
    "flood-of-text": "n = 0\nwhile True:\n    n += 1\n    print(n)",
    "time-cell": "%%time\nn = 0\nwhile True: n += 1",
    "comprehension": "n = 1\nimport itertools\n[i for i in itertools.count() if i < 0]",
    "nested-loops": "n = 0\nfor i in iter(int, 1):\n    for j in range(10):\n        n += 1; last = [n]",
}  # fmt: skip


@pytest.mark.parametrize("cell", [pytest.param(cell, id=name) for name, cell in ENDLESS.items()])
def test_interrupt_ends_the_cell_and_nothing_else(
    ours: KernelClient, interrupt: Callable[[], None], cell: str
) -> None:
    """The cell fails with KeyboardInterrupt, its reply and idle arrive, and all goes on."""
    magic, body = re.fullmatch(r"(?s)(%%time\n)?(.*)", cell).groups("")
    msg_id = ours.start(f"{magic}print('started', flush=True)\n{body}")
    wait_for_text(ours, msg_id)
    interrupt()
    run = ours.finish(msg_id)
    assert run.error == ("CancelledError" if "await" in cell else "KeyboardInterrupt")
    assert ours.execute("n = 'next'; n").result == "'next'"
    if ours.comm_id:
        assert ours.previews["n"] == "'next'"


def wait_for_text(kernel: KernelClient, msg_id: str) -> None:
    """Wait until the cell printed something."""
    while True:
        message = kernel.next_message()
        if message["msg_type"] == "stream" and message["parent_header"]["msg_id"] == msg_id:
            return


TO_COMPLETE = [
    "alph", "alpha.app", "table['", "table['k", "nested['a']['", "frame.na", "func(par", "import o",
    "from os.path import jo", "%ti", "%%ti", "str.jo", "alpha[0].bit_l", "def f(): return alp",
    "get_ipython().us", "get_ipython().user_ns['alp", "globals()['alp", "locals()['alp", "In[0].up",
]  # fmt: skip


@pytest.mark.parametrize("use_jedi", [True, False])
def test_completion_offers_what_a_stock_kernel_offers(pair: Pair, use_jedi: bool) -> None:
    """Names, attributes, dict keys, arguments, modules and magics complete, jedi on and off."""
    pair.run(
        f"""
        %config IPCompleter.use_jedi = {use_jedi}
        ---
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
    pair.write(
        "book.ipynb",
        '{"cells": [{"cell_type": "code", "source": ["from_notebook = 1\\n", "def twice():\\n",'
        ' "    return from_notebook * 2"], "metadata": {}, "outputs": [], "execution_count": 1,'
        ' "id": "a"}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}',
    )
    pair.run("%run book.ipynb\n---\nfrom_notebook, twice()")
