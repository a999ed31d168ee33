"""What a record has of the parameters of a run."""

from __future__ import annotations

from collections.abc import Mapping

from livens.recording.notebooks import Parameter

_MAX_CHARS = 1_000


def shown_parameters(parameters: Mapping[str, object]) -> dict[str, Parameter]:
    """Return the parameters of a run as records have them: no more than scalars.

    Examples
    --------
    >>> shown_parameters({"year": 2024, "cities": ["Bern", "Wien"], "rate": float("nan")})
    {'year': 2024, 'cities': "['Bern', 'Wien']", 'rate': 'nan'}
    """
    return {str(name): _scalar(value) for name, value in parameters.items()}


def _scalar(value: object) -> Parameter:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int) and abs(value) < 2**63:
        return value
    if isinstance(value, float) and value - value == 0:
        return value
    return str(value)[:_MAX_CHARS]
