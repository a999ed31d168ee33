"""Describes stand-ins for values of numpy and pandas; the last value is JSON."""

import json
from importlib import import_module
from pkgutil import iter_modules

from livens.values import adapters
from livens.values.descriptions import describe

adapters.register_all()
for module in iter_modules(adapters.__path__):
    import_module(f"livens.values.adapters.{module.name}")


def made(module, name, **fields):
    """Return an object of a class that says that it is a library's."""
    cls = type(name, (), {"__module__": module, **fields.pop("cls", {})})
    value = cls()
    value.__dict__.update(fields)
    return value


class Items(list):
    """What `ndarray.flat` gives of its first items."""

    def __getitem__(self, at):
        """Return items of the same kind."""
        found = super().__getitem__(at)
        return Items(found) if isinstance(at, slice) else found

    def tolist(self):
        """Return a plain list."""
        return list(self)


def array(shape, items, kind="f", name="float64"):
    """Return a stand-in for an array."""
    dtype = made(
        "numpy.dtypes",
        "Float64DType",
        kind=kind,
        itemsize=8,
        subdtype=None,
        names=None,
        fields=None,
        cls={"__str__": lambda self: name},
    )
    return made(
        "numpy",
        "ndarray",
        cls={
            "base": property(lambda self: None),
            "__len__": lambda self: self.shape[0],
            "__getitem__": lambda self, at: self.flat[at],
            "tolist": lambda self: list(self.flat),
        },
        shape=shape,
        dtype=dtype,
        size=len(items),
        nbytes=8 * len(items),
        flat=Items(items),
        ndim=len(shape),
    )


rows = made("pandas", "RangeIndex", _range=range(2), start=0, stop=2, step=1)
columns = made("pandas", "Index", _data=array((2,), ["a", "b"], "O", "object"))
block = made(
    "pandas._libs.internals",
    "NumpyBlock",
    values=array((2, 2), [1.0, 2.0, 3.0, 4.0]),
    mgr_locs=made("pandas._libs.internals", "BlockPlacement", indexer=slice(0, 2, 1)),
)
frame = made(
    "pandas",
    "DataFrame",
    _mgr=made(
        "pandas.core.internals.managers", "BlockManager", axes=[columns, rows], blocks=(block,)
    ),
)
one = made("pandas._libs.internals", "NumpyBlock", values=array((2,), [1.0, 2.0]))
series = made(
    "pandas",
    "Series",
    _name="s",
    _mgr=made("pandas.core.internals.managers", "SingleBlockManager", axes=[rows], blocks=(one,)),
)


def told(value):
    """Return what is told of a value."""
    found = describe("value", value)
    return [found.kind, found.type, found.shape, found.dtype, found.preview]


json.dumps(
    {
        "ndarray": told(array((2, 3), [0.5, 1.0, 1.5, 2.0, 2.5, 3.0])),
        "DataFrame": told(frame),
        "Series": told(series),
    }
)
