"""What numpy has besides arrays: scalars, dtypes, masked arrays, and random numbers."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from livens.exceptions import DocumentUnreadable
from livens.state.encoding import arrays
from livens.state.encoding.arrays import numpy
from livens.state.plain.blobs import Data
from livens.state.plain.document import Node
from livens.state.plain.reader import Kind, Reader
from livens.state.plain.writer import Refused, Writer
from livens.values import passive

_BIT_GENERATORS = ("MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64")


def encode(writer: Writer, value: Any) -> Node | None:
    """Return the node of a value of one of numpy's classes; None if it has no form of its own."""
    np = numpy()
    cls = type(value)
    if cls is np.ndarray or cls is np.matrix or cls is np.recarray:
        return arrays.encode_array(writer, value)
    if cls is np.ma.MaskedArray:
        return _masked(writer, value)
    if passive.base_named(cls, "numpy.memmap") is not None:
        raise Refused("an array in a memory map of a file")
    if passive.is_real_instance(value, np.dtype):
        return _dtype(writer, value)
    if passive.is_real_instance(value, np.generic) and passive.class_module(cls) == "numpy":
        return _scalar(writer, value)
    return _random(writer, value)


def _scalar(writer: Writer, value: Any) -> Node:
    np = numpy()
    if type(value) is np.str_:
        return Node("npstr", [writer.ref(str.__str__(value))])
    if type(value) is np.bytes_:
        return Node("npbytes", [writer.ref(bytes(value))])
    if type(value) is np.void and value.base is not None:
        raise Refused("an element of a structured array, whose memory it shares")
    array = np.asarray(value)
    if array.dtype.hasobject or array.ndim:
        raise Refused("a numpy scalar that holds objects")
    arrays.need_dtype(array.dtype)
    data = arrays.npy_header(array) + array.tobytes()
    return Node("npscalar", data=writer.blob(Data(data)))


def _dtype(writer: Writer, value: Any) -> Node:
    np = numpy()
    if passive.class_name(type(value)) == "StringDType":
        missing = [writer.ref(value.na_object)] if hasattr(value, "na_object") else []
        return Node("npstringdtype", missing, data=bool(value.coerce))
    if value.hasobject and value != np.dtype(object):
        raise Refused("a structured dtype with objects")
    if value == np.dtype(object):
        return Node("npobjectdtype")
    arrays.need_dtype(value)
    return Node("npdtype", data=writer.blob(Data(arrays.npy_header(np.empty(0, value)))))


def _masked(writer: Writer, value: Any) -> Node:
    np = numpy()
    mask = None if value._mask is np.ma.nomask else value._mask
    args = [writer.ref(part) for part in (np.ma.getdata(value), mask, value._fill_value)]
    return Node("masked", args, data=[bool(value._hardmask), bool(value._sharedmask)])


def _random(writer: Writer, value: Any) -> Node | None:
    found = passive.module_contents("numpy.random")
    cls = type(value)
    if cls is found.get("Generator"):
        return Node("npgenerator", [writer.ref(value.bit_generator)])
    if cls is found.get("RandomState"):
        state = value.get_state(legacy=False)
        return Node("nprandomstate", [writer.ref(value._bit_generator), writer.ref(state)])
    if cls is found.get("SeedSequence"):
        return Node("npseed", [writer.ref(value.state)])
    if any(cls is found.get(name) for name in _BIT_GENERATORS):
        args = [writer.ref(value.state), writer.ref(value.seed_seq)]
        return Node("npbitgenerator", args, data=passive.class_name(cls))
    return None


# -- back ------------------------------------------------------------------------------------


def _make_scalar(reader: Reader, node: Node, _args: list[Any]) -> Any:
    return arrays.read_npy(reader.blob(node.data))[()]


def _make_masked(_reader: Reader, node: Node, args: list[Any]) -> Any:
    np = numpy()
    data, mask, fill = args
    made = np.ma.MaskedArray(data, np.ma.nomask if mask is None else mask, copy=False)
    made._fill_value = fill
    made._hardmask, made._sharedmask = node.data
    return made


def _make_bit_generator(_reader: Reader, node: Node, args: list[Any]) -> Any:
    if node.data not in _BIT_GENERATORS:
        raise DocumentUnreadable("a generator of an unknown class; the document is damaged")
    made = getattr(import_module("numpy.random"), node.data)(args[1])
    if args[1] is None:  # seeded the old way, so that it has none
        made.__setstate__((args[0], None))
    else:
        made.state = args[0]
    return made


def _make_random_state(_reader: Reader, _node: Node, args: list[Any]) -> Any:
    made = import_module("numpy.random").RandomState(args[0])
    made.set_state(args[1])
    return made


def _make_dtype(reader: Reader, node: Node, _args: list[Any]) -> Any:
    return arrays.read_npy(reader.blob(node.data)).dtype


def _make_string_dtype(_reader: Reader, node: Node, args: list[Any]) -> Any:
    return numpy().dtypes.StringDType(coerce=node.data, **({"na_object": args[0]} if args else {}))


KINDS: dict[str, Kind] = {
    "npscalar": Kind(_make_scalar),
    "npstr": Kind(lambda _r, _n, args: numpy().str_(args[0])),
    "npbytes": Kind(lambda _r, _n, args: numpy().bytes_(args[0])),
    "npdtype": Kind(_make_dtype),
    "npobjectdtype": Kind(lambda *_: numpy().dtype(object)),
    "npstringdtype": Kind(_make_string_dtype),
    "masked": Kind(_make_masked),
    "npgenerator": Kind(lambda _r, _n, args: import_module("numpy.random").Generator(args[0])),
    "nprandomstate": Kind(_make_random_state),
    "npseed": Kind(lambda _r, _n, args: import_module("numpy.random").SeedSequence(**args[0])),
    "npbitgenerator": Kind(_make_bit_generator),
}
