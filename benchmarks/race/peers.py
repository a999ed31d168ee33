"""Who takes part in the race, who does not, and why."""

from __future__ import annotations

from typing import NamedTuple


class Peer(NamedTuple):
    """Something that shows the variables of a kernel, or the lack of it.

    Attributes
    ----------
    name : str
        What tables call it.
    what : str
        How it gets to know the variables.
    package : str
        Its name on PyPI; empty for what the environment of livens has anyway.
    floor : str
        The kernel without an inspector that it is compared with.
    has_kernel : bool
        Whether it replaces the kernel, so that it needs an environment of its own.
    """

    name: str
    what: str
    package: str = ""
    floor: str = "stock"
    has_kernel: bool = False


class NotRun(NamedTuple):
    """Something that the race leaves out.

    Attributes
    ----------
    name : str
        What it is called.
    reason : str
        Why it is left out.
    """

    name: str
    reason: str


STOCK = Peer("stock", "ipykernel, nothing attached")
STOCK_OF_SPYDER = Peer(
    "stock 6", "the ipykernel that spyder-kernels asks for, nothing attached", "spyder-kernels",
    floor="stock 6", has_kernel=True,
)  # fmt: skip
LIVENS = Peer("livens", "a kernel that watches, with one subscriber to everything")
LCKR = Peer(
    "lckr inspector",
    "JupyterLab extension: `execute_request` at each `execute_input`, all variables as text",
    "lckr-jupyterlab-variableinspector",
)
MLJAR = Peer(
    "mljar inspector",
    "JupyterLab extension: its whole script after each cell, in a subshell, all variables as JSON",
    "variable-inspector",
)
EXPLORER = Peer(
    "variable-explorer",
    "JupyterLab extension: code in the kernel sends all variables over a comm after each cell",
    "variable-explorer",
)
SPYDER = Peer(
    "Spyder",
    "spyder-kernels: the kernel sends all variables over a comm after each cell",
    "spyder-kernels",
    floor=STOCK_OF_SPYDER.name,
    has_kernel=True,
)
INSPECT = Peer(
    "inspectVariables",
    "ipykernel's debugger, not attached: one request on the control channel after each cell",
)
RICH = Peer(
    "richInspectVariables",
    "the same, and the rendering of one variable, as with its view open",
)
LAB_DEBUGGER = Peer(
    "JupyterLab debugger",
    "the debugger is on: `inspectVariables` at each message that a cell sends",
)

RACED = (LIVENS, LCKR, MLJAR, EXPLORER, SPYDER, INSPECT, RICH, LAB_DEBUGGER)
"""Those whose figures are in the tables."""

FLOORS = (STOCK, STOCK_OF_SPYDER)
"""Kernels without an inspector."""

LEFT_OUT = (
    NotRun("VS Code", "its Jupyter extension is neither on PyPI nor on npm"),
    NotRun("Positron", "an application that brings its own kernel, neither on PyPI nor on npm"),
    NotRun("marimo", "has no Jupyter kernel; its server and its protocol are its own"),
    NotRun("Thonny", "has no Jupyter kernel"),
    NotRun("ipyflow", "tells no front end what variables hold; user code asks it"),
    NotRun("Kishu", "keeps the namespace after each cell, to go back to it; it is no inspector"),
    NotRun("xeus-python", "has no inspector of its own; the debugger of JupyterLab is in the race"),
    NotRun("Colab", "a closed service; its inspector uses the debugger, which is in the race"),
    NotRun("Databricks", "a closed service"),
    NotRun("Datalore", "a closed service"),
    NotRun("DataSpell and PyCharm", "closed applications, neither on PyPI nor on npm"),
    NotRun("jupyter-mcp-server", "runs a snippet when an agent asks; shows nothing by itself"),
    NotRun("mcp-jupyter", "runs a snippet when an agent asks; shows nothing by itself"),
    NotRun("Jupyter AI", "has no view of variables"),
    NotRun("jupyter-distributed", "has no view of variables"),
    NotRun("watchpoints", "the user's code has to call it for each variable"),
    NotRun("TensorWatch", "the user's code has to send each value"),
)  # fmt: skip
"""Those that are told as not run whatever can be installed."""


def named(name: str) -> Peer:
    """Return the peer or floor of this name.

    Raises
    ------
    KeyError
        If there is none.
    """
    return {peer.name: peer for peer in (*FLOORS, *RACED)}[name]
