"""The names that clients make are names that code can reach."""

from __future__ import annotations

from typing import Any

import pytest

from livens.exceptions import NotAllowed
from livens.kernel.editing import Editor
from livens.protocol.redaction import Redactor
from livens.protocol.requests import DeleteParams, RenameParams, SetParams
from livens.rules.conditions import Condition
from livens.watching.namespace import MonitoredDict
from livens.watching.watcher import Watcher


def changer(**variables: Any) -> tuple[Editor, dict[str, Any]]:
    """Make a changer, and the namespace that it changes."""
    namespace = dict(variables)
    watcher = Watcher(redactor=Redactor())
    watcher.attach(MonitoredDict(namespace))
    return Editor(watcher), namespace


NAMES = [
    ("\ufb01t", "fit"),
    ("\uff58", "x"),
    ("\u00aa", "a"),
    ("x\u00b2", "x2"),
    ("\u210c", "H"),
    ("\u00b5", "\u03bc"),
    ("e\u0301", "\u00e9"),
    ("\u017f", "s"),
    ("\u53d8\u91cf", "\u53d8\u91cf"),
    ("\u0928\u092e\u0938\u094d", "\u0928\u092e\u0938\u094d"),  # with a sign that is no letter
]


@pytest.mark.parametrize(("given", "used"), NAMES)
def test_name_is_made_what_python_reads(given: str, used: str) -> None:
    """`set` and `rename` use the name that code means by it, and say which that is."""
    change, namespace = changer(old=1)
    if given.isidentifier():  # as Python has it: code with the name given reaches the variable
        exec(f"{given} = None", expected := {})  # type: ignore[var-annotated]
        assert used in expected
    params = SetParams(name=given, expression="old + 1")
    change.check(params)
    assert change.set(params, "a client").variable.name == used
    assert eval(used, namespace) == 2
    renamed = RenameParams(name="old", to=f"new_{given}")
    change.check(renamed)
    assert change.rename(renamed, "a client").variable.name == f"new_{used}"
    assert {name for name in namespace if name != "__builtins__"} == {used, f"new_{used}"}


@pytest.mark.parametrize(
    "name",
    [
        "\uff49\uff46",
        "\ufb01-1",
        "\uff11x",
        "\uff46or",
        "\uff3f\uff3fname\uff3f\uff3f",
        "",
        "x y",
        "\uff2eone",
    ],
)
def test_name_is_checked_as_python_reads_it(name: str) -> None:
    """Keywords, IPython's own names and what is no name are refused in any characters."""
    change, _ = changer(old=1)
    for params in (SetParams(name=name, expression="1"), RenameParams(name="old", to=name)):
        with pytest.raises(NotAllowed):
            change.check(params)


def test_refusal_has_both_names() -> None:
    """The error says what was given and what Python reads."""
    change, _ = changer()
    with pytest.raises(
        NotAllowed, match="'\uff49\uff46', which Python reads as 'if', cannot be the name"
    ):
        change.check(SetParams(name="\uff49\uff46", expression="1"))


def test_name_that_is_there_in_other_characters_is_not_overwritten() -> None:
    """`rename` sees that the name it would make is there already, and is redacted."""
    change, namespace = changer(fit=1, x=2, token=3)
    with pytest.raises(NotAllowed, match="There is a 'fit' already"):
        change.rename(RenameParams(name="x", to="\ufb01t"), "a client")
    change.rename(RenameParams(name="token", to="\uff53\uff45\uff43\uff52\uff45\uff54"), "a client")
    assert namespace["secret"] == 3


def test_name_that_no_code_reaches_can_be_put_right() -> None:
    """What is in the namespace under another name is still renamed and deleted by that name."""
    variables = {"\ufb01": 1, "\ufb02": 2}
    change, namespace = changer(**variables)
    change.rename(RenameParams(name="\ufb01", to="\ufb01"), "a client")
    change.delete(DeleteParams(names=["\ufb02"]), "a client")
    assert namespace == {"fi": 1}


@pytest.mark.parametrize(("given", "used"), [pair for pair in NAMES if pair[0].isidentifier()])
def test_rule_means_the_name_that_python_reads(given: str, used: str) -> None:
    """A condition is about the variable that code means by the name."""
    assert Condition(f"changed({given}) or {given} > 1").names == (used,)
