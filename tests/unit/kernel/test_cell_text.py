"""A cell's text is transformed once where that cannot be told from twice."""

from __future__ import annotations

import pytest
from IPython.core.inputtransformer2 import TransformerManager

from livens.kernel.cell_text import OnceTransformer

TEXTS = (
    "",
    "x = 1",
    ">>> x = 1\n... y = 2",
    "  indented = 1\n  more = 2",
    "%matplotlib inline\nfiles = !ls\nx?\n!echo {x}",
    "%%time\nx = 1",
    "s = '''\n%pwd\n'''\nn = %timeit -o 1",
)


class Counting(OnceTransformer):
    """Counts how often a text is cut into tokens."""

    count = 0

    def do_token_transforms(self, lines: list[str]) -> list[str]:
        self.count += 1
        return super().do_token_transforms(lines)


@pytest.fixture
def transformer() -> Counting:
    return Counting()


@pytest.mark.parametrize("text", TEXTS)
def test_every_answer_is_ipython_s(transformer: Counting, text: str) -> None:
    expected = TransformerManager().transform_cell(text)
    assert [transformer.transform_cell(text) for _ in range(3)] == [expected] * 3


def test_the_second_of_two_equal_texts_is_not_transformed_again(transformer: Counting) -> None:
    for _ in range(2):
        transformer.transform_cell("a = 1\nb = 2")
    assert transformer.count == 1


def test_an_answer_is_given_again_once_only(transformer: Counting) -> None:
    for _ in range(3):
        transformer.transform_cell("a = 1")
    assert transformer.count == 2


def test_another_text_in_between_has_it_transformed_again(transformer: Counting) -> None:
    for text in ("a = 1", "b = 2", "a = 1"):
        transformer.transform_cell(text)
    assert transformer.count == 3


@pytest.mark.parametrize("kind", ["cleanup_transforms", "line_transforms"])
def test_a_transformer_that_somebody_adds_runs_each_time(transformer: Counting, kind: str) -> None:
    seen = []

    def note(lines: list[str]) -> list[str]:
        seen.append(len(seen))
        return [line.replace("a", f"a{len(seen)}") for line in lines]

    transformer.transform_cell("a = 1")
    getattr(transformer, kind).append(note)
    assert [transformer.transform_cell("a = 1") for _ in range(2)] == ["a1 = 1\n", "a2 = 1\n"]
    getattr(transformer, kind).remove(note)
    assert transformer.transform_cell("a = 1") == "a = 1\n"


def test_a_transformer_that_takes_the_place_of_ipython_s_runs_each_time(
    transformer: Counting,
) -> None:
    transformer.token_transformers[0] = transformer.token_transformers[1]
    for _ in range(2):
        transformer.transform_cell("a = 1")
    assert transformer.count == 2


def test_what_cannot_be_transformed_raises_each_time(transformer: Counting) -> None:
    class Broken:
        @staticmethod
        def find(tokens: object) -> None:
            raise SyntaxError("broken")

    transformer.token_transformers.append(Broken)  # type: ignore[arg-type]
    for _ in range(2):
        with pytest.raises(SyntaxError):
            transformer.transform_cell("a = 1")
