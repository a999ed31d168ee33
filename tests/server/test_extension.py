"""The extension in a Jupyter server that runs anyway."""

from __future__ import annotations

import json
import os
from pathlib import Path

import httpx

from tests.server.conftest import LivensServer

ROOT = Path(__file__).parents[2]

NO_EXTRA = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name == "livens.server.app":
            raise ImportError("cannot import name 'allow_unauthenticated'")

sys.meta_path.insert(0, Missing())
"""
"""Loaded by Python at its start: what the extra asks for is not there."""


def jupyter_server(folder: Path, environment: dict[str, str]) -> LivensServer:
    """Return a Jupyter server that finds what the wheel installs."""
    found = folder / "config" / "jupyter_server_config.d"
    found.mkdir(parents=True)
    (found / "livens.json").write_text((ROOT / "jupyter-config/livens.json").read_text())
    return LivensServer(
        folder,
        "--no-browser",
        command=("jupyter", "server"),
        health="api",
        environment={"JUPYTER_CONFIG_PATH": str(found.parent), **environment},
    )


def test_server_that_runs_anyway_has_sessions(tmp_path: Path) -> None:
    """Below ``livens/``, with its token; Jupyter lists them, and nothing is at the root."""
    running = jupyter_server(tmp_path, {})
    try:
        with running.client() as http:
            assert http.get("/livens/health").json()["status"] == "ok"
            body = {"code": "print(6 * 7)"}
            answer = http.post("/livens/execute/in-jupyter", json=body)
            assert answer.json() == {"output": "42\n", "error": None, "stderr": ""}
            paths = [session["path"] for session in http.get("/api/sessions").json()]
            assert paths == ["livens/in-jupyter"]
            assert http.get("/health").status_code == 404
        with httpx.Client(base_url=running.url) as stranger:
            assert stranger.post("/livens/execute/x", json=body).status_code == 403
    finally:
        running.stop()


def test_server_without_the_extra_goes_on(tmp_path: Path) -> None:
    """Its log says what is missing, in one line; everything else of Jupyter is there."""
    (tmp_path / "sitecustomize.py").write_text(NO_EXTRA)
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    running = jupyter_server(tmp_path, {"PYTHONPATH": path})
    try:
        with running.client() as http:
            assert http.get("/api/status").status_code == 200
            assert http.get("/livens/health").status_code == 404
    finally:
        running.stop()
    log = running.log.read_text()
    assert "cannot import name 'allow_unauthenticated'; expected `pip install 'livens[serv" in log
    assert "Traceback" not in log


def test_wheel_has_the_file() -> None:
    """Where Jupyter looks for it; it turns on the package that has the extension."""
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    shared = project["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-data"]
    assert shared["jupyter-config"] == "etc/jupyter/jupyter_server_config.d"
    assert json.loads((ROOT / "jupyter-config/livens.json").read_text()) == {
        "ServerApp": {"jpserver_extensions": {"livens.server": True}}
    }
