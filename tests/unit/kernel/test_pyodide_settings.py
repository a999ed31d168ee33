"""Settings of the kernel in Pyodide follow the native kernel's rules."""

from __future__ import annotations

import pytest

from livens.kernel.pyodide_settings import SettingsError, read_settings


@pytest.mark.parametrize("text", ["false", "False", "0"])
def test_truth_values_are_read(text: str) -> None:
    """In each of the ways that the command line knows."""
    _, redactor, notes = read_settings([["redact_texts", text]])
    assert (redactor._is_searching, notes) == (False, [])


def test_names_that_are_no_settings_are_said() -> None:
    """One line for each; the others hold."""
    budgets, _, notes = read_settings([["pol_ms", "5"], ["poll_ms", "5"], ["prepare", "1"]])
    assert budgets.poll_ms == 5
    assert [note.split("'")[1] for note in notes] == ["LivensKernel.pol_ms", "LivensKernel.prepare"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("poll_ms", "fast"),
        ("poll_ms", "0"),
        ("poll_ms", "1.5"),
        ("time_share", "2"),
        ("redact_texts", "perhaps"),
        ("redact", "("),
    ],
)
def test_wrong_values_are_said_in_one_line(name: str, text: str) -> None:
    """With the setting's name."""
    with pytest.raises(SettingsError) as raised:
        read_settings([[name, text]])
    assert f"LivensKernel.{name}" in str(raised.value)
    assert "\n" not in str(raised.value)
