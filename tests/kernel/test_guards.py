"""Guards of a run: rules and expectations that guard, or say that they cannot."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from commands import notebook_file, run

import livens
from livens.testing import KernelClient

DATA = """\
import numpy as np, pandas as pd
class Model: pass
arr = np.array([1.0, np.nan])
df = pd.DataFrame({"v": [1.0, None, 3.0], "id": [1, 2, 2]})
cfg = {"lr": 0.1}
loss = 0.5
model = Model()
model.depth = 3"""


class TestRules:
    """`--until`, `--fail-if` and `--expect`."""

    def test_rules_that_could_never_be_worked_out(self, tmp_path: Path) -> None:
        """Each is named with its reason, in the record and in JUnit too, and the code is 6."""
        path = notebook_file(tmp_path / "a.ipynb", DATA, "livens_rule = 1\nlate = None", "late = 1")
        never = {
            "isnan(arr)": "'arr': it is of type ndarray, which is neither a number nor a text",
            "df > 3": "'df': it is of type DataFrame",
            "loss > 'x'": "a number and a text have no order",
            "df.shape[2] == 1": "the shape (3, 2) has no item 2",
            'cfg["rate"] > 1': "cfg[\"rate\"]: it has no key 'rate'",
            'df["w"].nulls > 0': "df[\"w\"]: it has no column 'w'",
            "changed(nothing)": "there is no variable 'nothing'",
            "exists(loss) and loss.mean > 1": "loss: it is of type float",
        }
        record, junit = tmp_path / "a.jsonl", tmp_path / "report.xml"
        rules = [word for text in never for word in ("--fail-if", text)]
        decided = ("--fail-if", "late > 3", "--fail-if", "exists(error)", "--expect", "loss < 1")
        done = run(path, *rules, *decided, "--record", record, "--junit", junit)
        assert done.returncode == 6, done.stderr
        found = livens.read_record(record)
        assert found.status == "undecided"
        noted = [event.message for event in found.events]
        (failure,) = ElementTree.parse(junit).getroot().iter("error")
        for text, reason in never.items():
            for told in (done.stderr, "\n".join(noted), failure.get("message", "")):
                assert f"The rule {text} could never be worked out: {reason}" in told
        assert done.stderr.count("could never be worked out") == len(never)
        assert "3 cells ran in" in done.stdout

    def test_expectations_about_data(self, tmp_path: Path) -> None:
        """They are worked out on the data at the end; what is not so is told with its figures."""
        path = notebook_file(tmp_path / "a.ipynb", "df = None", DATA)
        holds = (
            'df["v"].nulls == 1', 'df["v"].mean == 2', "rows(df) == 3", 'cfg["lr"] == 0.1',
            "model.depth == 3", "any(isnan(arr))", 'df["id"].unique < rows(df)', "loss == 0.5",
        )  # fmt: skip
        expected = [word for text in holds for word in ("--expect", text)]
        assert run(path, *expected).returncode == 0
        done = run(path, *expected, "--expect", 'df["v"].nulls == 0', "--expect", "df > 3")
        assert done.returncode == 4
        told = 'Expected df["v"].nulls == 0, but df["v"].nulls = 1 (cell In [2], line 4).'
        assert told in done.stderr
        assert "Expected df > 3, which could not be worked out: 'df': it is of" in done.stderr

    def test_rules_about_data_stop_a_run(self, tmp_path: Path) -> None:
        """Before the next cell, also when the change was made in place."""
        change = "df.loc[0, 'id'] = 7\nmodel.depth = 9"
        path = notebook_file(tmp_path / "a.ipynb", DATA, change, "open('ran', 'w')")
        for rule, told in (
            ('df["id"].max > 5', 'df["id"].max > 5: df["id"].max = 7 (cell In [2])'),
            ("model.depth > 5", "model.depth > 5: model.depth = 9 (cell In [2]"),
        ):
            done = run(path, "--fail-if", rule, "--fail-if", "arr.max > 5")
            assert done.returncode == 3, done.stderr
            assert told in done.stderr
        assert not (tmp_path / "ran").exists()

    def test_a_rule_that_fires_at_the_end_of_the_last_cell(self, tmp_path: Path) -> None:
        """It has not stopped anything, and counts all the same."""
        path = notebook_file(tmp_path / "a.ipynb", "x = [1]", "x.append(2)")
        done = run(path, "--fail-if", "len(x) > 1")
        assert done.returncode == 3
        assert "Stopped by --fail-if in cell 2 of 2" in done.stdout
        assert run(path, "--until", "len(x) > 1").returncode == 0

    def test_a_rule_of_the_notebooks_own(self, tmp_path: Path) -> None:
        """What `add_rule` and `%watch` have added is named as well, and below the cell."""
        path = notebook_file(
            tmp_path / "a.ipynb",
            "import livens\nrule = livens.add_rule('items > 3', action='stop')\n"
            "%watch --until 'pairs > 3'",
            "items = [1]; pairs = {}",
        )
        done = run(path)
        assert done.returncode == 6
        assert "The rule items > 3 could never be worked out: 'items': it is of" in done.stderr
        assert "The rule pairs > 3 could never be worked out: 'pairs': it is of" in done.stderr

    def test_a_kernel_that_cannot_be_watched(self, tmp_path: Path) -> None:
        """What is expected there is not known, which is not called wrong."""
        done = run(notebook_file(tmp_path / "a.ipynb", "x = 1"), "--kernel", "python3",
                   "--expect", "x == 1")  # fmt: skip
        assert done.returncode == 6
        assert "could not be worked out: the kernel cannot be watched" in done.stderr


class TestKernel:
    """Rules of code in the kernel, and requests."""

    def test_check(self, watched: KernelClient) -> None:
        """A condition is worked out once, also while a cell runs."""
        watched.execute("big = list(range(1000)); cfg = {'lr': 2}")
        checked = watched.request("rule.check", condition='big.max == 999 and cfg["lr"] > 1')
        assert checked["is_true"] is True
        assert 'big.max = 999, cfg["lr"] = 2 (cell In [' in checked["message"]
        assert watched.request("rule.check", condition="big > 1")["reason"]
        assert watched.request("rule.check", condition="big.max() > 1").code == -32007

    def test_add_rule_says_what_is_wrong(self, kernel: KernelClient) -> None:
        """What is no action, no function or no text is refused, with what is expected."""
        kernel.execute("import livens")
        for call, told in (
            ("'x < 0', action='bogus'", "no action 'bogus'; expected 'notify' or 'stop'"),
            ("'x < 0', print, action=print", "expected 'notify' or 'stop'"),
            ("'x < 0', action=None", "There is no action None"),
            ("'x < 0', 'stop'", "'stop' cannot be called; expected a function"),
            ("5 < 0", "The condition is of type bool; expected a text"),
            ("'x.mean() < 0'", "methods are not called; write 'x.mean'"),
        ):
            run = kernel.execute(f"livens.add_rule({call})")
            assert told in run.reply["evalue"]

    def test_rules_that_cannot_be_worked_out_say_so_below_the_cell(
        self, kernel: KernelClient
    ) -> None:
        """Once for each reason; at the end of a block; and no more when they are removed."""
        kernel.execute("import livens\nrule = livens.add_rule('it > 3')\n%watch --until 'df > 3'")
        run = kernel.execute("it = [1]; df = {}")
        told = "Rule {} > 3 could not be worked out so far: '{}': it is of type"
        assert told.format("it", "it") in run.stdout
        assert told.format("df", "df") in run.stdout
        assert kernel.execute("it = [2]").stdout == ""
        assert "it is of type dict" in kernel.execute("it = {}; reason = rule.reason").stdout
        assert kernel.execute("it = 1").stdout == ""
        run = kernel.execute("with livens.add_rule('df > 3', action='stop'):\n    df = [1]")
        assert told.format("df", "df") in run.stdout
        kernel.execute("rule.close(); rule.close()\n%unwatch")
        assert kernel.execute("it = []; df = []").stdout == ""
        assert kernel.execute("len(get_ipython().watcher.rules.rules())").result == "0"

    def test_a_rule_with_a_function_stops_the_cell_too(self, kernel: KernelClient) -> None:
        """The action that was asked for is not lost because there is a function."""
        run = kernel.execute(
            "import livens\ngot = []\nrule = livens.add_rule('x > 1', got.append, action='stop')\n"
            "x = 2\nx = 3"
        )
        assert run.reply["ename"] == "KeyboardInterrupt"
        run = kernel.execute("import time\nwhile not got: time.sleep(0.01)\n(x, got[0].message)")
        assert "(2, 'x > 1: x = 2" in str(run.result)
        kernel.execute("rule.close()")
