"""``jupyter livens console``: jupyter console with the variables live below the prompt.

jupyter console reads IOPub only while a cell runs, and shows nothing of comms. So the variables
come by a connection of our own, in a thread of our own: `Feed`. It is a daemon, and joined when
the console ends. The toolbar is prompt_toolkit's, which may be invalidated from any thread.

While a cell runs there is no prompt and so no toolbar; then `StatusRow` keeps the last row of the
terminal for it.
"""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Callable
from typing import Any

from livens.cli.watch import find_kernel
from livens.client import watch
from livens.events import Variable
from livens.exceptions import KernelGone, LivensError, RunFailed
from livens.render import can_encode, cut, newest_first, summary_line
