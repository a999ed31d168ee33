"""The options of ``jupyter livens mcp``."""

from __future__ import annotations

import argparse

from livens.cli.option_types import count, positive_int

SUMMARY = "let agents look at the variables of running kernels (MCP)"

EXAMPLES = """\
It needs the extra `mcp`: pip install 'livens[mcp]'. Nothing is executed in the kernels, also while
a cell runs, unless --allow-changes lets agents set, delete, interrupt and run; each such call is
written into the audit log before. docs/agents.md says what the tools are.

Without --http it speaks on standard input and output, as desktop clients start it:
  {"mcpServers": {"livens": {"command": "jupyter", "args": ["livens", "mcp"]}}}

examples:
  jupyter livens mcp --existing train.ipynb
  LIVENS_MCP_TOKEN=secret jupyter livens mcp --http --port 8766
"""


def add_mcp(mcp: argparse.ArgumentParser) -> None:
    """Add the options."""
    mcp.add_argument(
        "connection_file",
        nargs="?",
        metavar="CONNECTION_FILE",
        help="the kernel that is meant where an agent names none; by default the one that runs",
    )
    mcp.add_argument(
        "--existing", metavar="NAME", help="the same, by a part of its name or notebook"
    )
    mcp.add_argument(
        "--allow-changes",
        action="store_true",
        help="also offer set, delete, interrupt and run",
    )
    mcp.add_argument(
        "--audit-log",
        metavar="FILE",
        help="where changes are written down (default: livens/agents.audit.jsonl in Jupyter's data "
        "directory)",
    )
    mcp.add_argument(
        "--max-chars",
        type=positive_int,
        metavar="N",
        help="how long an answer is where the agent does not say (default: 4000)",
    )
    mcp.add_argument("--http", action="store_true", help="serve streamable HTTP at /mcp")
    mcp.add_argument(
        "--ip",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="with --http: where to listen (default: 127.0.0.1)",
    )
    mcp.add_argument(
        "--port",
        type=count,
        default=8766,
        metavar="N",
        help="with --http: the port (default: 8766; 0: any)",
    )
    mcp.add_argument(
        "--token",
        metavar="TOKEN",
        help="with --http: what requests have to bring (default: LIVENS_MCP_TOKEN, else a new one, "
        "printed)",
    )
