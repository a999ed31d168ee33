"""``--version`` says which parts are missing, and how to have them."""

from __future__ import annotations

import json
from pathlib import Path

import jupyter_core.paths
import pytest

import livens
from livens.cli import main, version


class Folder:
    """An installation whose parts come and go."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder = folder
        package = folder / "site-packages/livens"
        package.mkdir(parents=True)
        monkeypatch.setattr(livens, "__file__", str(package / "__init__.py"))
        extensions = [str(folder / "empty"), str(folder / "labextensions")]
        monkeypatch.setattr(jupyter_core.paths, "jupyter_path", lambda *_: extensions)
        self.direct: dict[str, object] = {}
        monkeypatch.setattr("importlib.metadata.distribution", lambda name: self)

    def read_text(self, name: str) -> str | None:
        assert name == "direct_url.json"
        return json.dumps(self.direct) if self.direct else None

    def add(self, path: str) -> None:
        file = self._folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    return Folder(tmp_path, monkeypatch)


def test_whole_installation_says_its_version_only(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line, as scripts expect it."""
    folder.add("labextensions/livens/package.json")
    folder.add("site-packages/livens/static/widget.js")
    with pytest.raises(SystemExit) as exited:
        main(["--version"])
    assert exited.value.code == 0
    assert capsys.readouterr().out == f"livens {livens.__version__}\n"


def test_missing_parts_are_named_with_the_remedy(folder: Folder) -> None:
    """Without Node.js there is neither panel nor widget; a link that was removed is only one."""
    text = version.version_text()
    assert text.splitlines()[1:] == [
        "Not installed: the panel for JupyterLab and Notebook 7 and the widget.",
        "They are built with Node.js, which was not there when livens was installed.",
        "To have them, install Node.js 20 or newer, then: "
        "pip install --force-reinstall --no-deps .",
    ]
    folder.add("site-packages/livens/static/widget.js")
    assert version.missing_parts() == ["the panel for JupyterLab and Notebook 7"]


def test_remedy_names_the_folder_of_the_installation(folder: Folder) -> None:
    """An editable one builds by make; one from a file or an index is installed from a clone."""
    folder.direct = {"url": "file:///home/ada/livens", "dir_info": {}}
    assert version.remedy().endswith(" --no-deps /home/ada/livens")
    folder.direct["dir_info"] = {"editable": True}
    assert version.remedy() == "make -C /home/ada/livens panel"
    folder.direct = {"url": "https://example.org/livens.whl", "archive_info": {}}
    assert version.remedy().endswith(" --no-deps .")
