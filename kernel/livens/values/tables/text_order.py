"""The order of many texts, found by numpy without the GIL.

Python compares texts with the GIL, and to sort a million of them would keep it for seconds. So a
few characters of each text are copied into an array, which numpy sorts as Python would: by code
points. Texts that are equal so far are compared by the characters that follow.
"""

from __future__ import annotations

from typing import Any

from livens.values.tables.columns import loaded_numpy
from livens.values.tables.pace import Pace
from livens.values.tables.sorting import STRETCH, stable_order, stretches

_FEWEST_CHARS = 16
"""How many characters of each text are compared at once, at the least."""

_WINDOW_BYTES = 32_000_000
"""How much memory the characters that are compared at once may take, beyond that least."""

_SAMPLE = 10_000
"""So many of the first texts tell how alike the texts are."""


def text_ranks(texts: list[str], pace: Pace) -> Any:
    """Return an array of numbers in the order of the texts; equal texts have equal numbers.

    Parameters
    ----------
    texts : list of str
        Of exactly this class.
    pace : Pace
        Asked between two pieces of the work.
    """
    first = texts[:_SAMPLE]
    if len(set(first)) < len(first) / 2:
        codes, distinct = _coded(texts, pace)
        return _Ranking(distinct, pace).of_distinct()[codes]
    ranking = _Ranking(texts, pace)
    tied = ranking.look_on()
    if len(tied):  # which may be copies of a few long texts
        codes, distinct = _coded([texts[place] for place in tied.tolist()], pace)
        ranking.divide(tied, _Ranking(distinct, pace).of_distinct()[codes])
    return ranking.ranks


def _coded(texts: list[str], pace: Pace) -> tuple[Any, list[str]]:
    """Return for each text its position among the distinct ones, and these."""
    seen: dict[str, int] = {}
    codes: list[int] = []
    for stretch in stretches(texts, pace):
        codes += [seen.setdefault(text, len(seen)) for text in stretch]
    numpy: Any = loaded_numpy()
    return numpy.array(codes, dtype=numpy.intp), list(seen)


class _Ranking:
    """The ranks of some texts, as far as their first characters tell them.

    Attributes
    ----------
    ranks : ndarray
        For each text how many of them are known to be smaller.
    """

    def __init__(self, texts: list[str], pace: Pace) -> None:
        self._numpy: Any = loaded_numpy()
        self._texts = texts
        self._pace = pace
        self._at = _common_prefix(texts, pace)
        self.ranks = self._numpy.zeros(len(texts), dtype=self._numpy.intp)
        self._tied = self._numpy.arange(len(texts))

    def of_distinct(self) -> Any:
        """Return the ranks of texts of which no two are equal."""
        while len(self._tied):
            self.look_on()
        return self.ranks

    def look_on(self) -> Any:
        """Compare the next characters; return the positions of what may still be unequal."""
        numpy, tied = self._numpy, self._tied
        width = max(_FEWEST_CHARS, _WINDOW_BYTES // (4 * max(len(tied), 1)))
        window, lengths = self._windows(width)
        width = window.dtype.itemsize // 4
        order = stable_order(window, self._pace)
        codes = numpy.empty(len(tied), dtype=numpy.intp)
        codes[order] = _starts(window[order]).cumsum()
        # numpy drops zeros at the end of a text: of such equals the shorter one is smaller.
        seen = (lengths - self._at).clip(0, width)
        ends = self._at + width
        start, order = self.divide(tied, codes * (width + 1) + seen)
        longest = numpy.maximum.reduceat(lengths[order], start) if len(order) else lengths
        sizes = numpy.diff(start, append=len(order))
        is_open = numpy.repeat((sizes > 1) & (longest > ends), sizes)
        self._at, self._tied = ends, numpy.sort(tied[order[is_open]])
        self._pace.step_aside(1.0)
        return self._tied

    def _windows(self, width: int) -> tuple[Any, Any]:
        """Return the next characters of each text that is looked at, and the lengths of all."""
        numpy, texts, at = self._numpy, self._texts, self._at
        lengths = numpy.empty(len(self._tied), dtype=numpy.intp)
        is_all = len(self._tied) == len(texts)
        some = texts if is_all else [texts[place] for place in self._tied.tolist()]
        for start in range(0, len(some), STRETCH):
            stretch = some[start : start + STRETCH]
            lengths[start : start + STRETCH] = [len(text) for text in stretch]
            self._pace.step(start / len(some))
        width = min(width, max(1, int(lengths.max(initial=0)) - at))
        window = numpy.empty(len(some), dtype=f"U{width}")
        for start in range(0, len(some), STRETCH):
            parts = [text[at : at + width] for text in some[start : start + STRETCH]]
            window[start : start + STRETCH] = numpy.array(parts, dtype=window.dtype)
            self._pace.step(start / len(some))
        return window, lengths

    def divide(self, places: Any, keys: Any) -> tuple[Any, Any]:
        """Tell texts of equal ranks apart by keys; return where each group begins, and the order.

        Parameters
        ----------
        places : ndarray
            The positions of the texts: all of a rank, or none.
        keys : ndarray
            A number for each of them.
        """
        numpy = self._numpy
        groups = self.ranks[places]
        order = numpy.lexsort((keys, groups))
        groups, keys = groups[order], keys[order]
        is_start = _starts(groups) | _starts(keys)
        start = is_start.nonzero()[0]
        smaller = start - groups.searchsorted(groups[start])
        sizes = numpy.diff(start, append=len(order))
        self.ranks[places[order]] = groups + numpy.repeat(smaller, sizes)
        return start, order


def _starts(values: Any) -> Any:
    """Return for each value of a sorted array whether it is not the one before."""
    numpy: Any = loaded_numpy()
    found = numpy.ones(len(values), dtype=bool)
    found[1:] = values[1:] != values[:-1]
    return found


def _common_prefix(texts: list[str], pace: Pace) -> int:
    """Return with how many characters all of the texts begin alike."""
    first = texts[:_SAMPLE]
    if not first or _alike(min(first), max(first)) == 0:
        return 0
    low, high = first[0], first[0]
    for stretch in stretches(texts, pace):
        stretch.extend((low, high))
        low, high = min(stretch), max(stretch)
    return _alike(low, high)


def _alike(one: str, other: str) -> int:
    """Return with how many characters two texts begin alike.

    Examples
    --------
    >>> _alike("name 1", "name 20"), _alike("a", ""), _alike("ab", "ab")
    (5, 0, 2)
    """
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))
