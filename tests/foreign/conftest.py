"""Nothing in this folder is for pytest to collect: these are programs that start pytest."""

collect_ignore_glob = ["*"]
