"""`VariablesWidget`: the panel in a cell's output, for hosts without the JupyterLab extension.

It carries the messages of ``livens.variables`` as the custom messages of an anywidget, which the
kernel opens and every host of widgets knows: VS Code, Colab, Notebook. Three things are unlike a
comm of our own target:

- **Who begins.** The kernel subscribes when the widget is displayed, without waiting for the
  page: most hosts hand over a page's messages when the running cell has ended. A page that was
  not there yet when the state was sent has missed it, so the state is sent again, each time after
  a longer pause, until a page has been heard. That is done by the thread that tells, never by the
  one that runs the user's code.
- **Who is there.** One widget may be shown by several pages, on the same comm. Each names itself
  (``widget.open``, ``widget.close``) and puts its name into the ids of its requests; with the last
  page the subscription ends.
- **When a cell ends.** Pages do not see the kernel's status. ``widget.idle`` is sent after a cell
  whose last message said that it runs.

The program comes in two parts, because the first goes over the wire, and into saved notebooks,
with each widget: what draws tables and plots is sent on request (``widget.program``).

The comm itself stays the widget's; `livens.kernel.comms.Comms.join` says how ours gets in between.
No trait ever holds a user's value: traits are written into notebooks.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Sequence
from importlib import resources
from typing import Any

import traitlets

from livens.exceptions import NotBuilt, NotMonitored, bordered
from livens.protocol import messages
from livens.protocol.types import Cell

try:
    import anywidget
except ImportError as err:
    raise ImportError(
        "livens.widget needs anywidget, which is not installed here. "
        'Install it with: pip install "livens[widget]"'
    ) from err

CLIENT = "the widget"
"""What changes that are made in the widget are told to have been made by."""

POINTS = 60
"""How many points of each variable a page keeps for its sparkline (``model.ts``)."""

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
"""How long to wait before a page that has not been heard is sent the state once more."""

MAX_VIEWERS = 100
"""Pages that vanish may not say goodbye; more than so many names are not kept."""


class VariablesWidget(anywidget.AnyWidget):
    """The variables of the kernel, live, in the output of a cell.

    Parameters
    ----------
    names : list of str
        Names or patterns in the manner of `fnmatch`. A name that starts with an underscore is
        only matched by a pattern that does.
    interval_ms : int
        The shortest time between two updates, 10 to 60,000 ms.
    height : int or str
        How high it is: pixels, or a length as CSS has it.

    Raises
    ------
    InvalidParams
        If the names or the interval do not fit.
    NotMonitored
        If there is no Jupyter kernel around.
    NotBuilt
        In a clone whose panel was not built.

    Notes
    -----
    On a kernel that is not livens it does what ``%load_ext livens`` does, and says ``lite``.

    Examples
    --------
    In a notebook::

        from livens.widget import VariablesWidget
        VariablesWidget(names=["loss", "step"], interval_ms=100)
    """

    _esm = traitlets.Unicode(help="The program that draws.").tag(sync=True)
    _css = traitlets.Unicode(help="How it looks.").tag(sync=True)
    height = traitlets.Unicode("360px", help="How high it is, as CSS has it.").tag(sync=True)

    _pages: Pages | None = None

    def __init__(
        self,
        names: Sequence[str] = ("*",),
        interval_ms: int = 50,
        height: int | str = 360,
        **kwargs: Any,
    ) -> None:
        subscription = {
            "names": [names] if isinstance(names, str) else list(names),
            "interval_ms": interval_ms,
            "history": POINTS,
            "frames": "all",
            "client": CLIENT,
        }
        messages.decode_subscription(subscription)
        self._shell, comms = _around()
        css_height = f"{height}px" if isinstance(height, int) else height
        super().__init__(height=css_height, **kwargs)
        self._pages = Pages(comms, self.comm, subscription)
        self._shell.events.register("post_run_cell", self._pages.on_cell_over)

    @traitlets.default("_esm")
    def _read_esm(self) -> str:
        return _built("widget.js")

    @traitlets.default("_css")
    def _read_css(self) -> str:
        return _built("widget.css")

    def close(self) -> None:
        """End the subscription, and take the widget from all pages."""
        pages, self._pages = self._pages, None
        if pages is not None:
            self._shell.events.unregister("post_run_cell", pages.on_cell_over)
            pages.close()
        super().close()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        if self._pages is not None:
            self._pages.on_displayed()
        return super()._repr_mimebundle_(**kwargs)


class Pages:
    """The pages that show one widget, and what they are told.

    It is apart from the widget so that what happens here is no change of the user's variable
    that holds the widget.

    Parameters
    ----------
    comms : livens.kernel.comms.Comms
        The kernel's comms.
    comm : comm.base_comm.BaseComm
        The widget's, open.
    subscription : dict
        What the pages are told.
    clock : callable
        The time in seconds.
    """

    def __init__(
        self,
        comms: Any,
        comm: Any,
        subscription: dict[str, Any],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._subscription = subscription
        self._clock = clock
        self._viewers: dict[str, None] = {}
        self._lock = threading.Lock()
        self._is_open = False
        self._is_heard = False
        self._is_told_running = False
        self._pause_s = FIRST_PAUSE_S
        self._again_at = 0.0
        self._widget_comm = comms.join(comm, self.receive, self._on_sent)

    def on_displayed(self) -> None:
        """Begin to tell: a page is about to show the widget, and may not be heard for long."""
        with self._lock:
            self._is_heard = bool(self._viewers)
            self._pause_s = FIRST_PAUSE_S
            self._again_at = self._clock() + self._pause_s
            self._open()

    @bordered
    def on_cell_over(self, result: Any) -> None:
        """Send the page that the cell is over; not every cell has an update at its end."""
        if self._is_told_running:
            self._is_told_running = False
            self._widget_comm.send(b'{"method":"widget.idle"}')

    def close(self) -> None:
        """End it."""
        self._is_open = True  # whoever comes now opens nothing
        self._widget_comm.close()

    # -- messages in -----------------------------------------------------------------------

    def receive(self, content: Any) -> None:
        """Take the content of a custom message: from the main thread or from a subshell's."""
        self._is_heard = True
        method = content.get("method") if isinstance(content, dict) else None
        if method == "widget.open":
            self._welcome(_viewer(content))
        elif method == "widget.close":
            self._take_leave(_viewer(content))
        elif method == "widget.program":
            message = {"method": method, "params": {"text": _built("widget-tabs.js")}}
            self._widget_comm.send(json.dumps(message).encode())
        else:
            self._widget_comm.endpoint.receive(content)

    def _welcome(self, viewer: str) -> None:
        with self._lock:
            if len(self._viewers) < MAX_VIEWERS:
                self._viewers[viewer] = None
            was_open = self._is_open
            self._open()
        if was_open:
            self._widget_comm.endpoint.receive({"method": "refresh"})

    def _take_leave(self, viewer: str) -> None:
        with self._lock:
            self._viewers.pop(viewer, None)
            if not self._viewers and self._is_open:
                self._is_open = False
                self._widget_comm.endpoint.close()

    def _open(self) -> None:
        if not self._is_open:
            self._is_open = True
            self._widget_comm.endpoint.open(self._subscription)

    # -- messages out ----------------------------------------------------------------------

    def _on_sent(self, cell: Cell | None) -> None:
        """Send the state once more if nobody has been heard; the watcher's lock may be held."""
        if cell is None:
            return
        self._is_told_running = cell.running
        now = self._clock()
        is_user_code = threading.current_thread() is threading.main_thread()
        if self._is_heard or is_user_code or now < self._again_at:
            return
        self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)
        self._again_at = now + self._pause_s
        self._widget_comm.endpoint.receive({"method": "refresh"})


def _viewer(content: dict[str, Any]) -> str:
    """Read who sent a message."""
    params = content.get("params")
    return str(params.get("viewer", ""))[:100] if isinstance(params, dict) else ""


def _around() -> tuple[Any, Any]:
    """Return the shell that this runs in, and its kernel's comms; begin to watch if need be."""
    from IPython import get_ipython

    shell: Any = get_ipython()
    kernel = getattr(shell, "kernel", None)
    if kernel is None:
        where = "marimo" if "marimo" in sys.modules else "this Python"
        raise NotMonitored(
            f"VariablesWidget needs a Jupyter kernel around it, and {where} has none. Use it in a "
            "notebook that runs on the kernel 'Python 3 (livens)' or on any ipykernel: in "
            "JupyterLab, Notebook, VS Code or Colab."
        )
    if getattr(kernel, "comms", None) is None:
        shell.extension_manager.load_extension("livens")
    if getattr(kernel, "comms", None) is None:
        raise NotMonitored(
            f"VariablesWidget cannot watch a kernel of type {type(kernel).__name__!r}, expected an "
            "ipykernel; see what `%load_ext livens` says."
        )
    return shell, kernel.comms


def _built(name: str) -> str:
    """Read what the build of the panel put into the package."""
    file = resources.files("livens") / "static" / name
    try:
        return file.read_text("utf-8")
    except FileNotFoundError:
        raise NotBuilt(
            f"The widget of this livens was not built: {file} is missing. In a clone run "
            "`make panel`, which needs Node.js 20 or newer; wheels that were built with Node.js "
            "have it."
        ) from None
