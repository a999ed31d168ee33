"""How a controller is reached: by its client file, an id, or a client; anything else is refused."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from livens.cluster.controller_files import controller_of
from livens.exceptions import ConnectionFailed

INFO: dict[str, Any] = {
    "interface": "tcp://127.0.0.1",
    "location": "node7",
    "control": 1,
    "iopub": 2,
    "notification": 3,
    "registration": 4,
    "key": "secret",
    "signature_scheme": "hmac-sha256",
    "pack": "json",
    "unpack": "json",
    "curve_serverkey": None,
    "ssh": "",
}


@pytest.fixture
def security(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of client files of a profile."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    folder = tmp_path / "profile_default" / "security"
    folder.mkdir(parents=True)
    return folder


def test_file_has_ports_and_keys() -> None:
    """Addresses are made of the interface and the ports."""
    found = controller_of({**INFO, "curve_serverkey": "k" * 40})
    assert found.urls["iopub"] == "tcp://127.0.0.1:2"
    assert found.session["key"] == b"secret"
    assert found.server_key == b"k" * 40


@pytest.mark.parametrize("interface", ["tcp://*", "tcp://0.0.0.0"])
def test_controller_that_listens_everywhere_is_reached_where_it_is(interface: str) -> None:
    """By its `location`."""
    found = controller_of({**INFO, "interface": interface})
    assert found.urls["control"] == "tcp://node7:1"


def test_id_names_a_file_and_nothing_the_newest(security: Path) -> None:
    """Of any profile of this user."""
    for number, name in enumerate(["ipcontroller-a-client.json", "ipcontroller-b-client.json"]):
        file = security / name
        file.write_text(json.dumps({**INFO, "key": name}))
        os.utime(file, (number, number))
    assert controller_of("a").session["key"] == b"ipcontroller-a-client.json"
    assert controller_of("").session["key"] == b"ipcontroller-b-client.json"
    file = security / "ipcontroller-client.json"  # of a cluster without an id
    file.write_text(json.dumps({**INFO, "key": "plain"}))
    assert controller_of("").session["key"] == b"plain"
    with pytest.raises(ConnectionFailed, match="'c'"):
        controller_of("c")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"key": 5}', json.dumps({"interface": 1})]
)
def test_file_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    """With its name."""
    file = tmp_path / "other.json"
    file.write_text(text)
    with pytest.raises(ConnectionFailed, match=r"other\.json"):
        controller_of(file)
