"""The comparison of two recorded runs: what differs, since when, and what is not known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from recorded import array, number, written_cells

from livens.cli import main
from livens.protocol.types import ColumnDigest, Digest, Variable
from livens.recording.comparison import compare
from livens.recording.reading import read_record
from livens.recording.value_comparison import Held, Tolerance, Verdict, compare_values


def same(a: Variable, b: Variable, tolerance: Tolerance | None = None) -> bool:
    return compare_values(Held(a), Held(b), tolerance or Tolerance()) == Verdict()


class TestComparison:
    """`jupyter livens diff`."""

    def run(self, path: Path, loss: float, last: str = "[1, 2]", code: str = "b") -> Path:
        return written_cells(
            path,
            ("a = 1", [number("a", 1, 1, 1)]),
            (code, [number("loss", loss, 4, 2), number("rate", loss / 2, 3, 2)]),
            ("c", [array("c", last, 3)]),
            digests={3: [Digest("c", last)]},
        )

    def test_same(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Two runs that did the same are the same, and the code is 0."""
        files = [str(self.run(tmp_path / name, 0.5)) for name in "ab"]
        assert main(["diff", *files]) == 0
        assert capsys.readouterr().out.endswith("The runs are the same.\n")

    def test_first_difference(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """The first cell and the first line that made a difference are named."""
        files = [self.run(tmp_path / str(loss), loss) for loss in (0.5, 0.6)]
        found = compare(*map(read_record, files))
        assert found.first is not None
        assert (found.first.name, found.first.number, found.first.line) == ("rate", 2, 3)
        assert (found.first.a, found.first.b) == ("0.25", "0.3")
        assert [difference.name for difference in found.final] == ["loss", "rate"]
        assert main(["diff", *map(str, files)]) == 1
        assert "They diverge first in cell 2, line 3:" in capsys.readouterr().out

    def test_tolerance(self, tmp_path: Path) -> None:
        """Numbers within the tolerance are the same."""
        a = self.run(tmp_path / "a", 0.5)
        b = self.run(tmp_path / "b", 0.5000001)
        assert main(["diff", str(a), str(b)]) == 1
        assert main(["diff", str(a), str(b), "--rel-tol", "1e-6"]) == 0
        assert main(["diff", str(a), str(b), "--abs-tol", "1e-6"]) == 0

    def test_cells(self, tmp_path: Path) -> None:
        """Other code, other ends and missing cells are told."""
        a = self.run(tmp_path / "a", 0.5)
        b = written_cells(tmp_path / "b", ("a = 2", []), ("b", []), status="failed")
        found = compare(read_record(a), read_record(b)).cells
        assert found == [
            "Cell 1 has another source",
            "Cell 1 ended as ok in A, as failed in B",
            "Cell 2 ended as ok in A, as failed in B",
            "1 cell ran only in A, from cell 3 on",
        ]

    def test_json(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Programs get everything as JSON."""
        files = [str(self.run(tmp_path / str(loss), loss)) for loss in (0.5, 0.6)]
        assert main(["diff", *files, "--json"]) == 1
        data: dict[str, Any] = json.loads(capsys.readouterr().out)
        assert data["first"]["line"] == 3
        assert len(data["final"]) == 2

    @pytest.mark.parametrize("text", ["-1", "nan", "much", "inf"])
    def test_tolerance_that_is_none(self, text: str) -> None:
        """A tolerance is a number of 0 or more."""
        with pytest.raises(SystemExit) as caught:
            main(["diff", "a", "b", f"--rel-tol={text}"])
        assert caught.value.code == 2

    def test_not_a_number_is_the_same_as_itself(self) -> None:
        """A run that gives NaN twice did the same twice."""
        nan = number("x", float("nan"))
        assert same(nan, nan)
        assert Tolerance().allows(float("nan"), float("nan"))
        assert not Tolerance(abs=9.0).allows(float("nan"), 1.0)

    def test_types_and_sizes_count(self) -> None:
        """The same text of another type or size is another value."""
        one, other = array("a", "[1, 2]"), array("a", "[1, 2]")
        other.shape = [3]
        assert not same(one, other, Tolerance(rel=1.0))
        assert not same(number("x", 1), number("x", 1.0), Tolerance(rel=1.0))


class TestDigests:
    """What is compared by digests, for the record has no more of it."""

    FRAME = Variable("df", [["name", "df"]], "table", "DataFrame", shape=[3, 1], preview="3 rows")

    def held(self, hash: str = "h", **told: Any) -> Held:
        column = {name: told.pop(name) for name in ("nulls", "min", "mean") if name in told}
        columns = [ColumnDigest("v", "float64", hash=hash, **column)] if column else []
        return Held(self.FRAME, Digest("df", hash, columns=columns, **told))

    def verdict(self, a: Held, b: Held, **tolerance: float) -> Verdict:
        return compare_values(a, b, Tolerance(**tolerance))

    def test_same(self) -> None:
        """Equal hashes of all of a value are the same value."""
        assert self.verdict(self.held(), self.held()) == Verdict()

    def test_columns(self) -> None:
        """A column that differs is named with the figures that do."""
        found = self.verdict(self.held("a", nulls=0, mean=3.1), self.held("b", nulls=12, mean=9.7))
        assert found.differs
        assert found.columns == ["column v: nulls 0 → 12, mean 3.1 → 9.7"]

    def test_columns_of_the_same_figures(self) -> None:
        """Values that were exchanged are a difference, although no figure tells it."""
        found = self.verdict(self.held("a", mean=1.0), self.held("b", mean=1.0))
        assert found.columns == ["column v: other values, of the same nulls, min, max and mean"]

    @pytest.mark.parametrize(
        ("one", "why"),
        [
            ({"gap": "an object of class 'M' is not looked into"}, "class 'M'"),
            ({"sampled": 1000}, "only 1,000 of its rows or items were read"),
            ({"hash": "", "gap": "the next cell began before it was read"}, "next cell"),
        ],
    )
    def test_not_compared(self, one: dict[str, Any], why: str) -> None:
        """What was not read, or not wholly, is never said to be the same."""
        found = self.verdict(self.held(**one), self.held(**one))
        assert not found.differs
        assert why in found.reason

    def test_no_digest(self) -> None:
        """A record without digests, as older ones, says nothing of a frame."""
        found = self.verdict(Held(self.FRAME), self.held())
        assert found.reason == "the record has no digest of it"

    def test_parts_of_different_size(self) -> None:
        """Hashes of different parts say nothing."""
        found = self.verdict(self.held("a", sampled=10), self.held("b", sampled=20))
        assert not found.differs
        assert found.reason

    def test_tolerance(self) -> None:
        """Within a tolerance figures that are apart differ, and others leave it unknown."""
        a, b = self.held("a", mean=1.0), self.held("b", mean=1.0001)
        assert self.verdict(a, b).columns == ["column v: mean 1 → 1.0001"]
        near = self.verdict(a, b, rel=0.01)
        assert not near.differs
        assert "maybe within the tolerance" in near.reason
        assert self.verdict(a, self.held("b", mean=2.0), rel=0.01).differs

    def test_texts_that_are_cut(self) -> None:
        """A text whose preview shows only the beginning is compared by its digest."""
        text = Variable("t", [], "text", "str", preview="aaa", truncated=True, length=10_000)
        pair = Held(text, Digest("t", "1")), Held(text, Digest("t", "2"))
        assert self.verdict(*pair).differs
        assert self.verdict(pair[0], pair[0]) == Verdict()
        assert self.verdict(Held(text), pair[0]).reason

    def test_sets_in_another_order(self) -> None:
        """The preview of a set says nothing, for its order is not the set's."""
        a, b = (Variable("s", [], "set", "set", preview=p, length=2) for p in ("{a, b}", "{b, a}"))
        assert self.verdict(Held(a, Digest("s", "1")), Held(b, Digest("s", "1"))) == Verdict()
        assert not self.verdict(Held(a), Held(b)).differs

    def test_redacted(self) -> None:
        """What is redacted is not known to be the same."""
        secret = Variable("k", [], "text", "str", preview="redacted", reason="redacted")
        assert self.verdict(Held(secret), Held(secret)).reason == "it is redacted"


class TestCommand:
    """What is printed, and the code."""

    def files(self, tmp_path: Path, *hashes: str, **told: Any) -> list[str]:
        made = []
        for count, hash in enumerate(hashes):
            held = [Digest("c", hash, **told)] if hash else []
            cells = [("a = 1\nc = load()\nprint(c)", [array("c", "[1, 2]", 1, 2)])]
            path = written_cells(tmp_path / str(count), *cells, digests={1: held, None: held})
            made.append(str(path))
        return made

    def test_line_that_is_named_is_printed(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The line is that of the number, and not the first one of the cell."""
        assert main(["diff", *self.files(tmp_path, "a", "b")]) == 1
        printed = capsys.readouterr().out
        assert "They diverge first in cell 1, line 2:\n  2 | c = load()\n  c\n" in printed

    def test_not_compared(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Where nothing differs and not all was compared, that is said, with a code of its own."""
        assert main(["diff", *self.files(tmp_path, "a", "a", gap="an object in it")]) == 6
        printed = capsys.readouterr().out
        assert "the same" not in printed
        assert "No difference was found in 0 of 1 variable." in printed
        assert "1 variable could not be compared, or only in part:\n  c: an object in it" in printed

    def test_records_without_digests(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Records of an older livens are never the same where they hold data."""
        assert main(["diff", *self.files(tmp_path, "", "")]) == 6
        assert "the record has no digest of it" in capsys.readouterr().out

    def test_json(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Programs get what is not known as well."""
        assert main(["diff", "--json", *self.files(tmp_path, "", "a")]) == 6
        data = json.loads(capsys.readouterr().out)
        assert [one["name"] for one in data["unknown"]] == ["c"]
        assert data["compared"] == 0

    def test_digest_of_before_a_doubt_does_not_count(self, tmp_path: Path) -> None:
        """A value that may have changed since it was read is not compared by what was read."""
        files = []
        for name in ("x", "y"):
            cells = [("c = 1", [array("c", "[1, 2]", 1)]), ("touch(c)", [number("n", 2)])]
            path = written_cells(tmp_path / name, *cells, digests={1: [Digest("c", "1")]})
            assert compare(read_record(path), read_record(path)).unknown == []
            text = path.read_text()
            doubt = '"unevaluated":[{"name":"c","reason":"too large"}],'
            path.write_text(text.replace('"number":2,"changed":', f'"number":2,{doubt}"changed":'))
            files.append(read_record(path))
        assert [one.name for one in compare(*files).unknown] == ["c"]

    def test_digest_of_before_a_change_does_not_count(self, tmp_path: Path) -> None:
        """A value that changed since it was read is not compared by what was read."""
        files = []
        for name in ("x", "y"):
            cells = [("c = 1", [array("c", "[1, 2]", 1)]), ("c = 2", [array("c", "[3, 4]", 2)])]
            path = written_cells(tmp_path / name, *cells, digests={1: [Digest("c", "1")]})
            files.append(read_record(path))
        assert [one.name for one in compare(*files).unknown] == ["c"]
