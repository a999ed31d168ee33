"""Nothing in this folder is for pytest to collect: `run.py` is a program, and starts its own."""

collect_ignore_glob = ["*"]
