"""Start JupyterLab with an example notebook and the panel open; `make lab` runs it.

JupyterLab opens with a workspace of its own below the virtual environment, so that the one that
somebody works with stays as it is.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from jupyterlab_server.workspaces_handler import WorkspacesManager

ROOT = Path(__file__).parents[3]
NOTEBOOK = "training.ipynb"

WORKSPACE = {
    "metadata": {"id": "livens"},
    "data": {
        "layout-restorer:data": {
            "main": {"dock": None},
            "left": {"collapsed": True, "visible": True, "widgets": []},
            "right": {
                "collapsed": False,
                "current": "livens-variables",
                "visible": True,
                "widgets": ["livens-variables"],
            },
            "relativeSizes": [0, 0.66, 0.34],
        }
    },
}


def main() -> None:
    """Become JupyterLab; what follows on the command line is handed to it."""
    workspaces = Path(sys.prefix) / "share/livens/workspaces"
    WorkspacesManager(workspaces).save("livens", json.dumps(WORKSPACE))
    os.environ["JUPYTERLAB_WORKSPACES_DIR"] = str(workspaces)
    options = [
        f"--ServerApp.root_dir={ROOT / 'examples'}",
        f"--LabApp.default_url=/lab/workspaces/livens/tree/{NOTEBOOK}",
        *sys.argv[1:],
    ]
    os.execv(sys.executable, [sys.executable, "-m", "jupyter", "lab", *options])


if __name__ == "__main__":
    main()
