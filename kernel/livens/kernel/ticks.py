"""Moments in code that keeps Pyodide's event loop busy, wherever it is: by a signal from itself.

CPython built for the browser asks JavaScript at each fiftieth jump backwards or call whether a
signal has arrived: it looks for an *interrupt buffer* (`pyodide.setInterruptBuffer`), and reads
its first item. That is meant to be memory which another thread writes into. But where CPython
looks is a property of a JavaScript object, and a property may be a function. Ours gives what the
program has set; when it is time it gives a buffer with a signal in it, once. So there is nothing
in the user's loops but what was there before, and no shared memory is needed.

A getter of the property takes no longer than the property. A buffer whose items are worked out
does: objects with such items are the slow ones of JavaScript engines.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

TICK_MS = 50
"""A signal comes so often at the most, while code runs."""

_IS_PYODIDE: bool = sys.platform == "emscripten"

_SIGNAL = getattr(signal, "SIGUSR1", signal.SIGTERM)
"""The signal that says that it is time: nobody else sends one in a WebAssembly module."""

_INSTALL = """
(module, number, tickMs) => {
  const NAME = 'Py_EmscriptenSignalBuffer';
  const isOn = value => {
    module.HEAP8[module._Py_EMSCRIPTEN_SIGNAL_HANDLING] = value ? 1 : 0;
  };
  let own = module[NAME]; // the program's
  const tick = new Uint8Array(1);
  let [left, most, asked, due] = [1, 1, 0, 0];
  Object.defineProperty(module, NAME, {
    configurable: true,
    enumerable: true,
    get() {
      if (tick[0] !== 0) {
        return tick; // CPython reads it, and writes 0
      }
      if (--left > 0) {
        return own;
      }
      // To ask for the time takes longest of all: it is done about once a millisecond.
      const now = performance.now();
      most = now - asked < 1 ? Math.min(2 * most, 32) : 1;
      [left, asked] = [most, now];
      if (now >= due && !(own && own[0])) {
        due = now + tickMs;
        tick[0] = number;
        return tick;
      }
      return own;
    },
    set(value) {
      own = value;
      isOn(true); // Pyodide has just switched it off, if the program has none any more
    }
  });
  isOn(true);
  return () => {
    Object.defineProperty(module, NAME, {
      configurable: true,
      enumerable: true,
      writable: true,
      value: own
    });
    isOn(own);
  };
}
"""


class Ticks:
    """Calls a function now and then while any Python code runs, where Pyodide is.

    Parameters
    ----------
    look : callable
        Called in the middle of the code that runs. What it raises is raised there.
    """

    def __init__(self, look: Callable[[], None]) -> None:
        self._look = look
        self._before: Any = None
        self._uninstall: Any = None

    def start(self) -> bool:
        """Begin; returns whether it can be done here."""
        if self._uninstall is None and _IS_PYODIDE:
            module = import_module("pyodide_js")._module
            self._before = signal.signal(_SIGNAL, self._arrived)
            install = import_module("pyodide.code").run_js(_INSTALL)
            self._uninstall = install(module, int(_SIGNAL), TICK_MS)
        return self._uninstall is not None

    def stop(self) -> None:
        """End; the program's own buffer, if any, is all that is there again."""
        uninstall, self._uninstall = self._uninstall, None
        if uninstall is not None:
            uninstall()
            signal.signal(_SIGNAL, self._before)
            self._before = None

    def _arrived(self, number: int, frame: object) -> None:
        self._look()
