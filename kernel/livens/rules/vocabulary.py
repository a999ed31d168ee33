"""The vocabulary of conditions: the words there are, and how long a condition may be."""

from livens.rules.inside import FIGURES

MAX_CONDITION_CHARS = 1_000
MAX_DEPTH = 50
"""How deep a condition may be nested; a chain of 50 additions counts as well."""

PARTS = ("length", "shape", "dtype", "nbytes", "kind", "type")
"""What can be asked of a variable that is no number."""

FUNCTIONS = (
    "changed", "exists", "len", "rows", "any", "all", "abs", "min", "max", "round", "isnan",
    "isinf",
)  # fmt: skip

ALLOWED = (
    "variables, numbers, texts, True, False, None, comparisons, and/or/not, + - * / // % **, "
    "in (1, 2), is None, items x[\"key\"] and x[0], attributes x.name, the parts ."
    + ", .".join(PARTS) + " of a variable, the figures ." + ", .".join(FIGURES)
    + " of a column or an array, and the functions " + ", ".join(FUNCTIONS)
)  # fmt: skip
