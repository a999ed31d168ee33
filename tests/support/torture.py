"""A namespace full of traps; what runs in the kernel in `test_torture`.

Every trap notes in `touched` that it was sprung. Nobody may: not to list it, not to see whether
it changed, not to inspect it.
"""

import sys
import tempfile
import threading
import time
import weakref

import numpy as np
import pandas as pd

touched = []


def sprung(what):
    touched.append((what, "".join(f" {f}" for f in stack())))


def stack():
    frame = sys._getframe(2)
    while frame is not None:
        yield f"{frame.f_code.co_filename.rpartition('/')[2]}:{frame.f_lineno}"
        frame = frame.f_back


class SlowRepr:
    def __repr__(self):
        sprung("repr")
        time.sleep(60)


class Raises:
    def __getattr__(self, name):
        sprung(f"getattr {name}")
        raise RuntimeError(name)


class Recurses:
    def __getattr__(self, name):
        sprung(f"getattr {name}")
        return getattr(self, name + "_")


class Long:
    def __len__(self):
        sprung("len")
        return 10**18

    def __iter__(self):
        sprung("iter")
        while True:
            yield 1

    def __bool__(self):
        sprung("bool")
        return True


class Liar:
    @property
    def __class__(self):
        sprung("class")
        return dict


class Unequal:
    def __eq__(self, other):
        sprung("eq")
        raise ValueError("not comparable")

    def __hash__(self):
        sprung("hash")
        return 1


class Meta(type):
    def __instancecheck__(cls, instance):
        sprung("instancecheck")
        raise TypeError("no")

    def __subclasscheck__(cls, subclass):
        sprung("subclasscheck")
        raise TypeError("no")

    def __eq__(cls, other):
        sprung("meta eq")
        raise TypeError("no")

    def __hash__(cls):
        sprung("meta hash")
        return 1

    def __getattribute__(cls, name):
        if not building:
            sprung(f"meta getattribute {name}")
        return super().__getattribute__(name)


building = True


class Strange(metaclass=Meta):
    pass


class Properties:
    @property
    def costly(self):
        sprung("property")
        time.sleep(60)


class OwnDict(dict):
    def __getitem__(self, key):
        sprung("getitem")
        raise KeyError(key)

    def __len__(self):
        sprung("dict len")
        return 0

    def items(self):
        sprung("items")
        raise RuntimeError


class Array(np.ndarray):
    def __array_finalize__(self, obj):
        if not building:
            sprung("array_finalize")

    def __array_ufunc__(self, *args, **kwargs):
        sprung("ufunc")
        raise RuntimeError


class SaysGoodbye:
    def __del__(self):
        print("goodbye", flush=True)  # noqa: T201 - that is how it is seen


def truncated_map():
    """Return an array over a file that has become shorter: reading it ends the process."""
    file = tempfile.NamedTemporaryFile(suffix=".bin", delete=False)  # noqa: SIM115
    file.write(b"\0" * 8_000_000)
    file.close()
    mapped = np.memmap(file.name, dtype="f8", mode="r+")
    with open(file.name, "r+b") as again:
        again.truncate(10)
    return mapped


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


def churn(mapping, stop):
    number = 0
    while not stop.is_set():
        number += 1
        mapping[number % 997] = number
        mapping.pop((number * 7) % 997, None)
        if number % 1000 == 0:
            time.sleep(0.001)


def make(size):
    """Return the traps by name."""
    global building  # noqa: PLW0603 - numpy and Python look at the classes while they are made
    itself = []
    itself.append(itself)
    loop = {}
    loop["loop"] = loop
    traps = {
        "slow_repr": SlowRepr(),
        "raises": Raises(),
        "recurses": Recurses(),
        "long": Long(),
        "liar": Liar(),
        "unequal": Unequal(),
        "unequals": [Unequal(), Unequal()],
        "strange_class": Strange,
        "strange": Strange(),
        "properties": Properties(),
        "own_dict": OwnDict(a=1),
        "itself": itself,
        "loop": loop,
        "deep": nested(100_000),
        "huge_list": [0] * size,
        "huge_text": "x" * (10 * size),
        "own_array": np.zeros(10).view(Array),
        "mapped": truncated_map(),
        "objects": object_array(),
        "mixed": mixed_frame(),
        "churned": {},
        "goodbye": SaysGoodbye(),
    }
    del touched[:]
    building = False
    return traps


def object_array():
    values = np.empty(3, dtype=object)
    values[0], values[1], values[2] = SlowRepr(), Unequal(), Raises()
    return values


def mixed_frame():
    frame = pd.DataFrame([[1, "a", SlowRepr(), 2.5], [2, None, Unequal(), float("nan")]])
    frame.columns = ["same", "same", "objects", "same"]
    return frame


def lives_only_here():
    """Return a weak reference to an object, and the object."""
    value = SlowRepr()
    return weakref.ref(value), value


stopping = threading.Event()
