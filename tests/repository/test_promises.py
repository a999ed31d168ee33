"""What the README promises that livens never does is tied to what runs and would notice."""

from __future__ import annotations

import ctypes
import json
import re
from functools import cache
from pathlib import Path

import pytest

from benchmarks import guard
from livens.watching.namespace import MonitoredDict

ROOT = Path(__file__).parents[2]

PROMISES: dict[str, tuple[str, ...]] = {
    "Slow your code.": ("guard: user code", "guard: user code, wall time"),
    "Functions keep CPython's fast globals.": (
        "test_callers_frame_is_as_on_a_stock_kernel",
        "guard: user code",
    ),
    "Loops run on a plain dict.": (
        "test_callers_frame_is_as_on_a_stock_kernel",
        "guard: user code",
    ),
    "The poller has a time budget.": (
        "test_what_there_is_no_time_for_is_put_off",
        "guard: CPU while idle, 10,000 variables",
    ),
    "Run your code.": ("test_no_method_of_the_user_s_classes_runs", "test_nothing_of_it_runs"),
    "To show a value, livens calls no `__repr__`, `__len__`, `__getattr__`, property or `__eq__` of"
    " your classes, unless you ask for that value's own text.": (
        "test_no_method_of_the_user_s_classes_runs",
        "test_no_user_code_runs",
        "test_property_is_not_run",
        "test_values_are_never_compared",
    ),
    "Touch your work.": ("test_no_names_are_added", "test_hooks_of_the_user_run_once_per_cell"),
    "`_`, `Out`, `In`, the execution count, random states and the notebook's bytes are the same"
    " with it and without it.": (
        "test_history_and_results_stay",
        "test_execution_count_goes_on_by_one",
        "test_random_state_and_print_options_stay",
        "test_notebook_is_byte_for_byte_the_same",
    ),
    "It imports no library.": ("test_no_library_is_imported",),
    "It keeps no value alive: `del big` frees the memory.": (
        "test_values_are_freed_at_once",
        "test_values_are_freed_while_frames_are_told",
        "test_nothing_is_kept_alive",
        "guard: array of 400 MB, peak of memory",
    ),
    "Show your secrets.": ("test_secrets_are_hidden", "test_secrets_below_a_variable_are_hidden"),
    "Variables, keys and attributes with names such as `password`, `api_key` or `access_token`"
    " show as `redacted`.": (
        "test_secrets_are_hidden",
        "test_secrets_are_redacted",
        "test_secrets_below_a_variable_are_hidden",
        "test_secrets_have_no_history",
    ),
    "Keys and passwords within texts show as `redacted` too, as far as they are"
    " [recognised](#secrets).": (
        "test_secrets_are_left_out",
        "test_secrets_in_texts_are_hidden_wherever_the_text_is",
        "test_a_secret_that_begins_before_the_cut_is_hidden",
        "test_a_value_s_own_text_shows_no_secret_below_it",
    ),
    "One thing differs from stock IPython: C code that reads a dict's storage directly sees"
    " `get_ipython().user_ns` as empty.": ("test_storage_of_the_monitored_dict_is_empty",),
    "`json.dumps(dict(get_ipython().user_ns))` works.": (
        "test_storage_of_the_monitored_dict_is_empty",
        "test_everything_reads_as_from_a_dict",
    ),
    "So does `globals()`, which is an exact dict and the same object as `locals()`.": (
        "test_callers_frame_is_as_on_a_stock_kernel",
    ),
}
"""From each sentence of the section to the tests and the measures of `make guard` that keep it."""


def sentences() -> list[str]:
    """Return the sentences of the section, without its list marks and bold type."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    text = readme.partition("## What it never does\n")[2].partition("\n## ")[0]
    text = " ".join(re.sub(r"^- ", "", text, flags=re.MULTILINE).replace("**", "").split())
    return re.split(r"(?<=\.)\s+(?=[A-Z`])", text)


@cache
def names_of_tests() -> set[str]:
    """Return the names of all test functions."""
    texts = (path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    return {
        name for text in texts for name in re.findall(r"^ *(?:async )?def (test_\w+)", text, re.M)
    }


def test_every_promise_is_kept_by_something() -> None:
    """Each sentence has its tests, and no test stands for a sentence that is gone."""
    assert sentences() == list(PROMISES)


@pytest.mark.parametrize("promise", PROMISES)
def test_what_keeps_a_promise_is_there(promise: str) -> None:
    """The tests and the measures of the guard that are named exist."""
    measures = {f"guard: {name}" for check in guard.CHECKS for name in check.limits}
    missing = set(PROMISES[promise]) - names_of_tests() - measures
    assert not missing, promise


def test_storage_of_the_monitored_dict_is_empty() -> None:
    """C code that reads it past its methods finds nothing; a copy of it is whole."""
    monitored = MonitoredDict({"x": 1})
    size = ctypes.pythonapi.PyDict_Size
    size.argtypes, size.restype = [ctypes.py_object], ctypes.c_ssize_t
    assert size(monitored) == 0
    assert json.loads(json.dumps(dict(monitored))) == {"x": 1}
