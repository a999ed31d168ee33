"""Print the lower bounds of the dependencies in pyproject.toml, as constraints for pip."""

import re
import sys
import tomllib
from pathlib import Path

project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
for requirement in project["dependencies"] + project["optional-dependencies"]["console"]:
    bound = re.match(r"([\w-]+)>=([\w.]+)", requirement)
    if bound is None:
        sys.exit(f"pyproject.toml: '{requirement}' has no lower bound, expected 'name>=version'")
    print("{}=={}".format(*bound.groups()))
