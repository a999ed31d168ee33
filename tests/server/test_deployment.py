"""The files for deployment say what the server understands."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
import yaml

from livens.cli import make_parser
from livens.kernel import LivensKernel
from livens.server.app import ROUTES, LivensServer

FILES = Path(__file__).parents[2] / "examples" / "server" / "deployment"


def commands() -> dict[str, list[str]]:
    """Return what each file starts the server with."""
    unit = (FILES / "livens-serve.service").read_text("utf-8").replace("\\\n", " ")
    line = re.search(r"^ExecStart=(.*)$", unit, re.M)
    assert line is not None
    documents = yaml.safe_load_all((FILES / "kubernetes.yaml").read_text("utf-8"))
    pods = {document["kind"]: document["spec"] for document in documents}["StatefulSet"]
    container = pods["template"]["spec"]["containers"][0]
    return {"systemd": shlex.split(line[1]), "kubernetes": container["command"]}


@pytest.mark.parametrize("kind", ["systemd", "kubernetes"])
def test_options_are_known(kind: str) -> None:
    """Ours are parsed, and those of our extension are traits that can be configured."""
    program, *arguments = commands()[kind]
    assert Path(program).name == "jupyter"
    assert arguments[:2] == ["livens", "serve"]
    _, others = make_parser().parse_known_args(arguments[1:])
    ours = [re.match(r"--LivensServer\.(\w+)=", option) for option in others]
    names = [found[1] for found in ours if found]
    assert names
    assert [name for name in names if name not in LivensServer.class_trait_names(config=True)] == []


def test_sessions_are_found_in_every_path() -> None:
    """What nginx hashes is the id in each path that has one; nothing else is hashed."""
    text = (FILES / "nginx.conf").read_text("utf-8")
    pattern = re.search(r'"~(\^.*)" \$id;', text)
    assert pattern is not None
    of_session = re.compile(pattern[1].replace("?<id>", "?P<id>"))
    for route, _ in ROUTES:
        path = route.replace("([^/]+)", "an-id", 1).replace("([^/]+)", "x")
        for prefix in ("", "/livens"):
            found = of_session.match(prefix + path)
            assert (found["id"] if found else "") == ("an-id" if "an-id" in path else "")


def test_kernelspec_names_the_kernel_class() -> None:
    """What the gateway's launcher imports is our kernel."""
    spec = json.loads((FILES / "kernel.json").read_text("utf-8"))
    module, _, name = spec["env"]["KERNEL_CLASS_NAME"].rpartition(".")
    assert (module, name) == ("livens.kernel", LivensKernel.__name__)
