"""numpy arrays as npy, beside the document; views of one buffer stay views of one buffer.

A blob is a file of numpy's own format: a short header, and the memory. It is read piece by piece
out of the array, in the order in which it lies there. Arrays that share memory are told apart when
all names of the group are there: the owner of the memory is one node, and each array a view of it.
A lone view becomes an array of its own.

Memory that something else than an array owns is kept only if nobody can write to it.
"""

from __future__ import annotations

import io
import math
import sys
from importlib import import_module
from typing import Any

from livens.exceptions import DocumentUnreadable
from livens.state.plain.blobs import Changed, Data
from livens.state.plain.document import Node
from livens.state.plain.reader import Kind, Reader
from livens.state.plain.writer import Refused, Writer
from livens.values import passive

_SUBCLASSES = ("matrix", "recarray")


def numpy() -> Any:
    """Return the module."""
    return import_module("numpy")


class ArrayBytes:
    """The npy file of an array whose memory is in one piece; see `Blob`."""

    def __init__(self, array: Any, header: bytes) -> None:
        self._array, self._header = array, header
        self._nbytes = array.nbytes

    @property
    def nbytes(self) -> int:
        """How many bytes the file has."""
        size: int = len(self._header) + self._nbytes
        return size

    def read(self, start: int, stop: int) -> bytes:
        """Return a copy of a piece; raises `Changed` if the array has another size now."""
        array = self._array
        if array.nbytes != self._nbytes:
            raise Changed("it has another size than when it was encoded")
        size = len(self._header)
        found = self._header[start:stop]
        if stop > size:
            memory = _memory(array)
            found += memory[max(0, start - size) : stop - size].tobytes()
        return found


def _memory(array: Any) -> Any:
    """Return the memory of an array that is in one piece, as bytes; nothing is copied."""
    np = numpy()
    plain = array.view(np.ndarray)
    return plain.ravel(order="K").view(np.uint8)


def npy_header(array: Any) -> bytes:
    """Return the header of the npy file of an array that is in one piece."""
    form = numpy().lib.format
    file = io.BytesIO()
    is_fortran = array.flags.f_contiguous and not array.flags.c_contiguous
    head = {"descr": form.dtype_to_descr(array.dtype), "fortran_order": is_fortran,
            "shape": array.shape}  # fmt: skip
    form.write_array_header_2_0(file, head)
    return file.getvalue()


def need_dtype(dtype: Any) -> None:
    """Refuse a dtype that the header of an npy file would change.

    Raises
    ------
    Refused
        If it is read back as another one.
    """
    form = numpy().lib.format
    if dtype.metadata is not None:
        raise Refused("an array whose dtype has metadata")
    try:
        descr = form.dtype_to_descr(dtype)
        back = form.descr_to_dtype(descr)
    except Exception:  # noqa: BLE001 - a border: dtypes of other packages
        raise Refused(f"an array of dtype {str(dtype)[:50]}, which npy does not have") from None
    if back != dtype or back.isalignedstruct != dtype.isalignedstruct or back.str != dtype.str:
        raise Refused(f"an array of dtype {str(dtype)[:50]}, which npy does not have")


def npy_blob(writer: Writer, array: Any) -> Any:
    """Return what stands in a node's data for an array without objects."""
    need_dtype(array.dtype)
    flags = array.flags
    if not (flags.c_contiguous or flags.f_contiguous):
        writer.count_nbytes(array.nbytes)  # before it is copied
        array = numpy().array(array, order="C", subok=False)
    return writer.blob(ArrayBytes(array, npy_header(array)))


def owner_of(array: Any) -> Any:
    """Return what owns the memory of an array: the last array on the way, or what is behind it."""
    np = numpy()
    while array.base is not None:
        array = array.base
        if not passive.is_real_instance(array, np.ndarray):
            break
    if type(array) is memoryview:
        array = array.obj
    return array


def claim(writer: Writer, array: Any, user: Any, form: str) -> None:
    """Note who uses the memory of an array, and refuse what would no longer share it.

    Parameters
    ----------
    writer : Writer
        Keeps the notes.
    array : numpy.ndarray
        The memory.
    user : object
        The array, or the frame that it is in.
    form : str
        ``array`` or ``frame``, of which several may use the memory of one, but not both; anything
        else is alone with its memory.

    Raises
    ------
    Refused
        If somebody else has it, or may write to it without being an array.
    """
    np = numpy()
    owner = owner_of(array)
    is_array = passive.is_real_instance(owner, np.ndarray)
    if passive.base_named(type(owner), "mmap.mmap", "numpy.memmap") is not None:
        raise Refused("an array in a memory map of a file")
    if not is_array:
        if not array.flags.writeable and type(owner) is bytes:
            return
        cls = type(owner)
        if passive.class_name(cls) != "PyCapsule" and array.flags.writeable:
            raise Refused(f"an array that shares its memory with a {passive.class_name(cls)}")
        if not array.flags.writeable:
            return
        form = "capsule" if form == "array" else form
    claims: dict[int, tuple[str, Any]] = writer.notes.setdefault("memory", {})
    known = claims.setdefault(id(owner), (form, user))
    if known[1] is not user and (known[0] != form or form not in ("array", "frame")):
        raise Refused("it shares its memory with another array or frame")


def encode_array(writer: Writer, value: Any) -> Node:
    """Return the node of an array; what it shares is written at the end."""
    np = numpy()
    dtype = value.dtype
    data: list[Any] = [_subclass(value), bool(value.flags.writeable)]
    if dtype == np.dtype(object) and not dtype.names:
        claim(writer, value, value, "objects")
        order = "F" if value.flags.f_contiguous and not value.flags.c_contiguous else "C"
        fill = writer.refs(list(value.ravel(order=order)))
        return Node("objects", fill=fill, data=[*data, list(value.shape), order])
    if passive.class_name(type(dtype)) == "StringDType":
        claim(writer, value, value, "texts")
        return _strings(writer, value, data)
    need_dtype(dtype)
    claim(writer, value, value, "array")
    writer.count_nbytes(value.nbytes)
    writer.finish_with(_write_memory)
    return Node("ndarray", data=data)


def _subclass(value: Any) -> str:
    name = passive.class_name(type(value))
    return name if name in _SUBCLASSES else ""


def _strings(writer: Writer, value: Any, data: list[Any]) -> Node:
    """Encode an array of numpy's texts of any length."""
    missing = [writer.ref(value.dtype.na_object)] if hasattr(value.dtype, "na_object") else []
    writer.count(value.size)
    texts = [writer.ref(text) for text in value.ravel().tolist()]
    more = [list(value.shape), len(missing), bool(value.dtype.coerce)]
    return Node("npstrings", [*missing, *texts], data=[*data, *more])


# -- at the end: who shares memory -----------------------------------------------------------


def _write_memory(writer: Writer) -> None:
    by_owner: dict[int, list[int]] = {}
    for index, node in enumerate(writer.nodes):
        if node.kind == "ndarray" and len(node.data) == 2:  # not one that a frame holds
            owner = owner_of(writer.objects[index])
            by_owner.setdefault(id(owner), []).append(index)
    for indexes in by_owner.values():
        owner = owner_of(writer.objects[indexes[0]])
        if len(indexes) == 1 or not passive.is_real_instance(owner, numpy().ndarray):
            for index in indexes:
                _write_alone(writer, index)
        else:
            _write_views(writer, owner, indexes)


def _write_alone(writer: Writer, index: int) -> None:
    node = writer.nodes[index]
    node.data = [*node.data, npy_blob(writer, writer.objects[index])]


def _write_views(writer: Writer, owner: Any, indexes: list[int]) -> None:
    """Write the memory once, and each array as a view of it."""
    order = sorted(range(owner.ndim), key=lambda axis: -owner.strides[axis])
    packed = owner.view(numpy().ndarray).transpose(order)
    ref = writer.new_node(owner, Node("memory", data=npy_blob(writer, packed)))
    start = owner.__array_interface__["data"][0]
    for index in indexes:
        array, node = writer.objects[index], writer.nodes[index]
        offset = array.__array_interface__["data"][0] - start
        head = npy_header(numpy().empty(0, array.dtype))
        data = writer.blob(Data(head))
        writer.nodes[index] = Node(
            "view", [ref], data=[*node.data, data, list(array.shape), list(array.strides), offset]
        )


# -- back ------------------------------------------------------------------------------------


def read_npy(data: memoryview) -> Any:
    """Return the array of an npy file, with memory of its own.

    Raises
    ------
    DocumentUnreadable
        If the file is damaged or cut, or holds objects.
    """
    np = numpy()
    file = io.BytesIO(data[: 1 << 20])
    try:
        np.lib.format.read_magic(file)
        shape, is_fortran, dtype = np.lib.format.read_array_header_2_0(file)
    except Exception as err:
        raise DocumentUnreadable(f"the header of an array is damaged: {err}") from err
    if dtype.hasobject:
        raise DocumentUnreadable("an array of objects is not read from its memory")
    memory = data[file.tell() :]
    if math.prod(shape) * dtype.itemsize != len(memory):
        raise DocumentUnreadable("the memory of an array is cut")
    array = np.empty(shape, dtype, order="F" if is_fortran else "C")
    if array.nbytes:
        _memory(array)[:] = np.frombuffer(memory, np.uint8)
    return array


def _as_was(array: Any, data: list[Any]) -> Any:
    """Give an array its class, and take the right to write where it had none."""
    if data[0] in _SUBCLASSES:
        np = numpy()
        array = array.view(np.matrix if data[0] == "matrix" else np.recarray)
    if not data[1]:
        array.flags.writeable = False
    return array


def _make_array(reader: Reader, node: Node, _args: list[Any]) -> Any:
    return _as_was(read_npy(reader.blob(node.data[2])), node.data)


def _make_memory(reader: Reader, node: Node, _args: list[Any]) -> Any:
    return read_npy(reader.blob(node.data))


def _make_view(reader: Reader, node: Node, args: list[Any]) -> Any:
    dtype = read_npy(reader.blob(node.data[2])).dtype
    return _as_was(view_of(args[0], node.data, dtype), node.data)


def view_of(memory: Any, data: list[Any], dtype: Any) -> Any:
    """Return a view of the memory of an array, as the data of a node says."""
    *_, shape, strides, offset = data
    return numpy().ndarray(shape, dtype, _memory(memory), offset, strides)


def _make_objects(_reader: Reader, node: Node, _args: list[Any]) -> Any:
    _, _, shape, order = node.data
    if math.prod(shape) != len(node.fill):
        raise DocumentUnreadable("an array of objects is cut")
    return numpy().empty(shape, object, order="F" if order == "F" else "C")


def _fill_objects(_reader: Reader, array: Any, node: Node, fill: list[Any]) -> None:
    flat = array.ravel(order="K")  # in one piece, so it is a view
    for number, item in enumerate(fill):
        flat[number] = item
    if node.data[0] in _SUBCLASSES:
        raise DocumentUnreadable("an array of objects of this class is not made")
    if not node.data[1]:
        array.flags.writeable = False


def _make_strings(_reader: Reader, node: Node, args: list[Any]) -> Any:
    np = numpy()
    _, _, shape, missing, coerce = node.data
    options = {"na_object": args[0]} if missing else {}
    dtype = np.dtypes.StringDType(coerce=coerce, **options)
    return _as_was(np.array(args[missing:], dtype=dtype).reshape(shape), node.data)


KINDS: dict[str, Kind] = {
    "ndarray": Kind(_make_array),
    "memory": Kind(_make_memory),
    "view": Kind(_make_view),
    "objects": Kind(_make_objects, _fill_objects),
    "npstrings": Kind(_make_strings),
}


def is_loaded() -> bool:
    """Return whether the user has imported numpy."""
    return "numpy" in sys.modules
