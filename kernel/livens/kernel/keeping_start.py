"""What is done when a kernel that keeps its state starts: an earlier one may be restored."""

from __future__ import annotations

import logging
from typing import Any

from livens.exceptions import LivensError
from livens.kernel.keeping import keeping_of
from livens.kernel.state_actions import StateActions
from livens.protocol.state_requests import StateRestoreParams

logger = logging.getLogger(__name__)


def start_keeping(shell: Any, restore: str) -> None:
    """Keep the variables of a shell from now on; never raises.

    Parameters
    ----------
    shell : InteractiveShell
        Has a ``watcher``.
    restore : {"ask", "always"}
        Whether what an earlier session kept is set right now. Names that exist are left alone.
    """
    try:
        keeping = keeping_of(shell)
        if restore == "always" and keeping.path.is_file():
            _restore(StateActions(keeping))
        keeping.start()
    except Exception:
        # A border: a kernel that keeps nothing is better than one that does not start.
        logger.exception("livens could not begin to keep the state")


def _restore(actions: StateActions) -> None:
    try:
        done = actions.restore(StateRestoreParams())
    except LivensError as err:
        logger.info("livens restored nothing: %s", err)
        return
    left = [name.name for name in done.names if name.outcome != "restored"]
    if left:
        logger.warning("livens could not restore all: %s. See %%state", ", ".join(left))
