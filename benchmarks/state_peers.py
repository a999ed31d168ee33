"""What Kishu, cloudpickle and dill take for the same, for `benchmarks.state_cost`.

cloudpickle and dill dump the whole namespace, since they do not know what has changed. Kishu runs
in a stock kernel of a Python that has it (``--kishu PYTHON``). It needs other versions of much, and
so an environment of its own. It is loaded without a front end, and so it saves no notebook.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat

from benchmarks.state_notebook import Kernel

DUMP = """\
import time, {library}, io
began = time.perf_counter()
out = io.BytesIO(); {library}.dump({what}, out); size = out.tell(); del out
took = time.perf_counter() - began
"""

NAMES = "{n: v for n, v in list(globals().items()) if n[0] in 'vx'}"
"""The variables of the measurement, without what a kernel has besides."""

KISHU = """\
from pathlib import Path
from kishu.jupyterint import KishuForJupyter
from kishu.notebook_id import NotebookId
KishuForJupyter(NotebookId.from_enclosing(Path({path!r})), ip=get_ipython()).install_kishu_hooks()
"""


def dumps(kernel: Kernel, what: str) -> Iterator[tuple[str, float, int]]:
    """Dump something in a kernel by each library; yield its name, seconds and bytes."""
    for library in ("cloudpickle", "dill"):
        if importlib.util.find_spec(library):
            failure = kernel.run(DUMP.format(library=library, what=what))
            took_s, size = (float(kernel.value(name)) for name in ("took", "size"))
            yield f"{library}, all of it each time{failure}", took_s, int(size)


class KishuKernel:
    """A stock kernel with Kishu, beside one without.

    Parameters
    ----------
    with_kishu, without : Kernel
        The two.
    path : pathlib.Path
        Where Kishu keeps what the cells change.
    """

    def __init__(self, with_kishu: Kernel, without: Kernel, path: Path) -> None:
        self._kernels = (with_kishu, without)
        self._path = path

    def added(self, code: str) -> tuple[float, int]:
        """Run a cell in both; return how many seconds longer it took with Kishu, and the bytes."""
        before = self._nbytes()
        took = []
        for kernel in self._kernels:
            began = time.perf_counter()
            failure = kernel.run(code)
            took.append(time.perf_counter() - began)
            if failure:
                raise RuntimeError(failure)
        return took[0] - took[1], self._nbytes() - before

    def _nbytes(self) -> int:
        beside = self._path.parent.glob(f"{self._path.name}*")
        return sum(each.stat().st_size for each in beside)


@contextmanager
def kishu(python: str, folder: Path) -> Iterator[KishuKernel]:
    """Start a kernel with Kishu, and one without."""
    notebook = folder / "busy.ipynb"
    made = nbformat.v4.new_notebook()
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python"}
    nbformat.write(made, notebook)
    with_kishu, without = Kernel([], python=python), Kernel([], python=python)
    try:
        settings = {"TEST_NOTEBOOK_PATH": str(notebook), "KISHU_PATH_ROOT": str(folder)}
        with_kishu.run(f"import os; os.environ.update({settings!r})")
        with_kishu.run(KISHU.format(path=str(notebook)))
        for kernel in (with_kishu, without):
            kernel.run("pass")
        yield KishuKernel(with_kishu, without, folder / "busy.kishudb")
    finally:
        with_kishu.close()
        without.close()
