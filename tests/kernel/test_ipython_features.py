"""Everything IPython and ipykernel do keeps working.

The same cells run on a stock ipykernel and on ours, and everything that a front end would show
has to be equal: what was printed, results, tracebacks, payloads. Each case runs twice, while
nobody watches and while somebody does; then what the subscriber knows has to be right as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
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


def tidy(text: str) -> str:
    """Take out what differs between two runs on the same kernel: addresses and counters."""
    for pattern, substitute in _VARYING:
        text = pattern.sub(substitute, text)
    return text


def tidy_times(text: str) -> str:
    """Take out what a stop watch printed as well."""
    text = re.sub(r"The slowest run took.*\n.*\n|(CPU|Compiler) .*: .*\n", "", tidy(text))
    return _TIME.sub("# s", text)


def tidy_profile(text: str) -> str:
    """Leave only the functions that a profiler's report names."""
    return "\n".join(sorted(set(re.findall(r"[\w.<>]+:\d+\(\S+\)|\{.*\}", tidy(text)))))


def tidied(content: Any, tidy: Tidy) -> Any:
    """Tidy every text in a message's content, and leave the counters out."""
    if isinstance(content, str):
        return tidy(content)
    if isinstance(content, list):
        return [tidied(item, tidy) for item in content]
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
    """A stock kernel and ours, in the same folder, both with an empty namespace."""

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
            assert shown(ours, tidy) == shown(stock, tidy), cell
        errors = {cell: run.error for cell, run in zip(split(cells), found, strict=True)}
        last = errors.pop(split(cells)[-1])
        assert last == raises
        assert not any(errors.values()), [error for error in errors.items() if error[1]]
        return found[-1]

    def ask(self, method: str, *args: Any) -> dict[str, Any]:
        """Send a shell request other than an execution to both; the replies have to be equal."""
        replies = []
        for kernel in (self.stock, self.ours):
            msg_id = getattr(kernel.client, method)(*args)
            reply = kernel.client.get_shell_msg(timeout=DEFAULT_TIMEOUT_S)
            assert reply["parent_header"]["msg_id"] == msg_id
            replies.append(tidied(reply["content"], tidy))
        assert replies[1] == replies[0]
        return dict(replies[1])

    def write(self, name: str, text: str) -> Path:
        """Write a file into the folder that both kernels are in."""
        path = self.folder / name
        path.write_text(dedent(text), encoding="utf-8")
        return path


def assert_in_step(client: KernelClient) -> None:
    """What the subscriber was told by updates is what the kernel lists when asked."""
    listed = client.request("list", limit=1000)
    assert {item["name"]: item["preview"] for item in listed["variables"]} == client.previews


@pytest.fixture(params=["unwatched", "watched"])
def ours(request: pytest.FixtureRequest, kernel: KernelClient) -> Iterator[KernelClient]:
    """The shared livens kernel; in the second run of each test with a subscriber."""
    if request.param == "watched":
        kernel.open()
    yield kernel
    if request.param == "watched":
        assert_in_step(kernel)


@pytest.fixture
def pair(stock: KernelClient, ours: KernelClient, tmp_path: Path) -> Pair:
    """Both kernels, in a folder of this test's own."""
    stock.execute("%reset -f")
    for kernel in (stock, ours):
        assert kernel.execute(f"%cd -q {tmp_path}").error is None
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
    "run": ("ZeroDivisionError", "%run fails.py"),
    "run-i": ("ZeroDivisionError", "%run -i fails.py"),
    "group": ("ExceptionGroup", "raise ExceptionGroup('g', [ValueError(1), TypeError(2)])"),
    "recursion": ("RecursionError", "def f(): return f()\nf()"),
    "store-that-raises": ("TypeError", "get_ipython().user_ns[[]] = 1"),
    "assertion": ("AssertionError", "class C:\n    assert 1 == 2, 'no'"),
}  # fmt: skip


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in ERRORS.items()])
def test_errors_look_as_on_a_stock_kernel(pair: Pair, case: tuple[str, str]) -> None:
    """The name, the message and every line of the traceback are those of a stock kernel."""
    pair.write("fails.py", "def fail():\n    1/0\nfail()\n")
    error, cell = case
    pair.run(cell, raises=error)
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
        _, Out, In
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
                ip.run_line_magic('show', '{x} {y}'), ip.run_cell_magic('showc', '{x} {y} $y', ''' '''),
                ip.run_line_magic('scope', '{y}'), ip.run_cell_magic('scopec', '{y}', 'body'),
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
        %config Completer.use_jedi
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
    "run-notebook": """
        %run book.ipynb
        ---
        from_notebook, twice()
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
    "autoreload": """
        %load_ext autoreload
        ---
        %autoreload 2
        ---
        import reloaded, os
        from reloaded import value, get
        def change(text, path='reloaded.py'):
            open(path, 'w').write(text)
            os.utime(path, (2e9, 2e9))
        value, get()
        ---
        change('value = 2\\ndef get(): return value * 10\\nextra = 3')
        ---
        reloaded.value, get(), reloaded.extra
        ---
        %autoreload 3
        ---
        from reloaded import get
        ---
        open('reloaded.py', 'w').write('value = 5\\ndef get(): return value * 100\\nmore = 6')
        os.utime('reloaded.py', (2.1e9, 2.1e9))
        ---
        get(), reloaded.value
        ---
        %autoreload 0
        ---
        import sys
        _ = sys.modules.pop('reloaded')
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
    pair.write("reloaded.py", "value = 1\ndef get(): return value")
    pair.write(
        "book.ipynb",
        '{"cells": [{"cell_type": "code", "source": ["from_notebook = 1\\n", "def twice():\\n",'
        ' "    return from_notebook * 2"], "metadata": {}, "outputs": [], "execution_count": 1,'
        ' "id": "a"}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}',
    )
    pair.run(cells, tidy=tidy_times)
