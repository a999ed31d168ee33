"""Runs a script as ``python SCRIPT ARGS`` does, in a process that can be watched.

``python -m livens.kernel.joined_script SCRIPT ARGS`` is what ``jupyter livens join`` starts. Where
the process cannot be watched, that is said, and the script runs all the same.
"""

from __future__ import annotations

import io
import os
import sys
from importlib.machinery import SourceFileLoader
from types import ModuleType, TracebackType

from livens.exceptions import NotMonitored
from livens.kernel.joined_process import join


def main() -> None:
    """Run the script that the command line names; what it raises goes on."""
    script, *args = sys.argv[1:]
    module = ModuleType("__main__")
    module.__file__ = script
    vars(module)["__builtins__"] = __builtins__
    module.__loader__ = SourceFileLoader("__main__", script)
    sys.argv = [script, *args]
    sys.path[0] = os.path.dirname(os.path.realpath(script))
    try:
        with io.open_code(os.path.abspath(script)) as file:
            source = file.read()
    except OSError as err:
        sys.stderr.write(f"jupyter livens join: {script}: {err.strerror or err}\n")
        raise SystemExit(2) from None
    sys.modules["__main__"] = module
    try:
        join(module)
    except NotMonitored as err:
        sys.stderr.write(f"jupyter livens join: {err}\n")
    _leave_out_our_frames(module)
    exec(compile(source, script, "exec", dont_inherit=True), module.__dict__)


def _leave_out_our_frames(module: ModuleType) -> None:
    """Have an error that nobody catches be shown from the script's first frame on."""
    show = sys.excepthook

    def show_theirs(
        kind: type[BaseException], err: BaseException, frames: TracebackType | None
    ) -> None:
        theirs = frames
        while theirs is not None and theirs.tb_frame.f_globals is not vars(module):
            theirs = theirs.tb_next
        show(kind, err.with_traceback(theirs), theirs)

    sys.excepthook = show_theirs


if __name__ == "__main__":
    main()
