"""What watching may cost, in one place. Each is a setting of the kernel, `livens.kernel.kernel`."""

from typing import Annotated, Any, NamedTuple, get_args


class Setting(NamedTuple):
    """What is said of a budget to those who set it.

    Attributes
    ----------
    help : str
        What it means.
    least, most : float, optional
        Its bounds.
    """

    help: str
    least: float | None = None
    most: float | None = None


class Budgets(NamedTuple):
    """What watching may cost. Times are in the unit that the name says.

    Each field has its meaning and its bounds beside it, and the kernel's settings are made of them.
    """

    poll_ms: Annotated[
        int,
        Setting(
            "Milliseconds between two looks at the names that the running code mentions.",
            least=1,
        ),
    ] = 20
    idle_poll_ms: Annotated[
        int,
        Setting(
            "Milliseconds between two looks at the namespace while no cell runs.",
            least=10,
        ),
    ] = 250
    time_share: Annotated[
        float,
        Setting(
            "The part of the time that comparing the whole namespace may take (0.01 is 1 %); "
            "what does not fit is done later. Telling one subscriber may take five times that.",
            least=0.0001,
            most=1.0,
        ),
    ] = 0.01
    flush_ms: Annotated[
        int,
        Setting(
            "Milliseconds that describing values may take for one update while a cell runs; "
            "the rest goes into the next update, at the end of a cell everything goes out.",
            least=1,
        ),
    ] = 10
    settle_ms: Annotated[
        float,
        Setting(
            "Milliseconds that comparing the whole namespace at the end of a cell may take. "
            "Where it takes longer, the names that the cell mentions are compared at once and "
            "the rest right after the cell.",
            least=0.0,
        ),
    ] = 0.5
    baseline_ms: Annotated[
        float,
        Setting(
            "Milliseconds that a cell may be held up before it changes a large value that an "
            "earlier cell made a moment ago, to find out first what the value holds. What is "
            "left unknown shows as not compared where the cell then changes it.",
            least=0.0,
        ),
    ] = 3
    slow_ms: Annotated[
        int,
        Setting(
            "Milliseconds after which a value counts as slow to describe and is set aside: it "
            "shows as skipped, with the reason, until its name is bound to another object.",
            least=1,
        ),
    ] = 100
    content_bytes: Annotated[
        int,
        Setting(
            "Bytes of arrays and frames up to which a value that a cell may have changed in "
            "place is compared right after the cell. A larger one is told as not compared yet, "
            "and is when there is time.",
            least=0,
        ),
    ] = 256_000_000
    content_items: Annotated[
        int,
        Setting(
            "The same for the items of containers, nested ones included.",
            least=0,
        ),
    ] = 1_000_000
    preview_chars: Annotated[
        int,
        Setting(
            "Characters of a variable's preview.",
            least=20,
            most=10_000,
        ),
    ] = 200
    preview_items: Annotated[
        int,
        Setting(
            "Items of a container that a preview shows.",
            least=3,
            most=1_000,
        ),
    ] = 20
    history_points: Annotated[
        int,
        Setting(
            "Points of its history that are kept of each variable while anybody watches; a "
            "client may ask for more.",
            least=0,
            most=100_000,
        ),
    ] = 1_000
    history_total: Annotated[
        int,
        Setting(
            "Points that are kept of all variables together, of about 130 bytes each. Where "
            "there are more, the longest histories are cut first.",
            least=1_000,
        ),
    ] = 200_000


def settings() -> dict[str, tuple[type, Any, Setting]]:
    """Return the type, the default and the meaning of each budget, by its name."""
    # Annotations are objects in this module: as texts they would have to be compiled at the start.
    found = {}
    for name, hint in Budgets.__annotations__.items():
        kind, setting = get_args(hint)
        found[name] = kind, Budgets._field_defaults[name], setting
    return found
