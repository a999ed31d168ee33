"""Tensors are described without one operation, whatever device they are on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from livens.values import adapters, readers
from livens.values.descriptions import describe
from livens.values.fingerprints import fingerprint
from livens.values.gauges import Reading, measure

adapters.register_all()
readers.register_all()


RAN: list[str] = []


class Functions(TorchFunctionMode):
    """Notes every function of torch's that is called, attributes included."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        RAN.append(str(func))
        return func(*args, **(kwargs or {}))


class Operations(TorchDispatchMode):
    """Notes every operation that reaches the dispatcher."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        RAN.append(str(func))
        return func(*args, **(kwargs or {}))


@pytest.fixture
def _recorded() -> Iterator[None]:
    with Functions(), Operations():
        yield


@pytest.mark.usefixtures("_recorded")
def test_modes_see_what_runs() -> None:
    """The recorders of the other tests do record: attributes, operations and copies."""
    RAN.clear()
    tensor = torch.zeros(2)
    assert tensor.shape == (2,)
    tensor.tolist()
    assert len(RAN) >= 3


VALUES = [
    (torch.arange(6.0).reshape(2, 3), [2, 3], "float32", "[0, 1, 2, 3, 4, 5]"),
    (torch.arange(6).reshape(2, 3).t(), [3, 2], "int64", "[0, 3, 1, 4, 2, 5]"),
    (torch.arange(10, dtype=torch.int16)[4::2], [3], "int16", "[4, 6, 8]"),
    (torch.tensor(0.41), [], "float32", "0.41"),
    (torch.tensor([1.5, -2], dtype=torch.bfloat16), [2], "bfloat16", "[1.5, -2]"),
    (torch.tensor([1.5, -2], dtype=torch.float16), [2], "float16", "[1.5, -2]"),
    (torch.tensor([True, False]), [2], "bool", "[True, False]"),
    (torch.tensor([7], dtype=torch.uint8).expand(3), [3], "uint8", "[7, 7, 7]"),
    (torch.zeros(0, 3), [0, 3], "float32", "[]"),
    (torch.zeros(2, dtype=torch.complex64), [2], "complex64", "not read"),
    (torch.eye(2).to_sparse(), [2, 2], "float32", "not read (sparse_coo)"),
    (torch.zeros(3, device="meta"), [3], "float32", "not read"),
    (torch.nn.Parameter(torch.zeros(2)), [2], "float32", "[0, 0] requires_grad"),
]


@pytest.mark.usefixtures("_recorded")
@pytest.mark.parametrize(("value", "shape", "dtype", "preview"), VALUES, ids=lambda v: str(type(v)))
def test_tensor(value: Any, shape: list[int], dtype: str, preview: str) -> None:
    """Its header and first items are shown, and torch sees nothing of it."""
    RAN.clear()
    found = describe("t", value)
    assert RAN == []
    assert (found.kind, found.shape, found.dtype, found.preview) == (
        "tensor",
        shape,
        dtype,
        preview,
    )
    assert found.device in ("cpu", "meta")


def test_tensor_is_left_as_it_was() -> None:
    """Its version does not move, no graph grows, and its memory can still be resized."""
    weights = torch.arange(4.0, requires_grad=True)
    loss = (weights * 2).sum()
    versions = weights._version, loss._version
    assert describe("loss", loss).preview == "12 requires_grad"
    describe("w", weights)
    assert (weights._version, loss._version) == versions
    loss.backward()
    plain = torch.zeros(2)
    describe("p", plain)
    assert plain.resize_(100).shape == (100,)


@pytest.mark.usefixtures("_recorded")
def test_history_takes_the_number_of_a_scalar() -> None:
    """A loss on the CPU is a number in the history, anything else a size; torch sees nothing."""
    loss, batch = torch.tensor(0.25), torch.zeros(2, 3)
    RAN.clear()
    assert measure(loss) == Reading(0.25)
    assert measure(batch) == Reading(None, [2, 3], 24)
    assert RAN == []
    assert measure(torch.tensor(0.25, device="meta")) == Reading(None, [], 4)


def test_freed_and_mapped_memory_is_not_read(tmp_path: Path) -> None:
    """A storage that was emptied has no items, and one that lies on a file is not read."""
    tensor = torch.arange(4.0)
    tensor.untyped_storage().resize_(0)
    assert describe("t", tensor).preview == "not read"
    path = tmp_path / "weights.pt"
    torch.save({"w": torch.arange(100_000.0)}, path)
    mapped = torch.load(path, mmap=True)["w"]
    found = describe("w", mapped)
    assert (found.preview, found.shape) == ("not read", [100_000])


def test_tensor_of_a_transform_is_not_read() -> None:
    """Inside of `vmap` a tensor stands for many, and has no memory of its own."""
    seen = []

    def function(x: Any) -> Any:
        seen.append(describe("x", x))
        return x * 2

    torch.func.vmap(function)(torch.arange(6.0).reshape(2, 3))
    assert [(x.shape, x.preview) for x in seen] == [([3], "not read")]


class Hooked(torch.Tensor):
    """Notes each function of torch's that meets it."""

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        RAN.append(str(func))
        return super().__torch_function__(func, types, args, kwargs or {})


class Wrapper(torch.Tensor):
    """Answers even for its shape, as the tensors of `DTensor` or of quantisation do."""

    @staticmethod
    def __new__(cls) -> Any:
        return torch.Tensor._make_wrapper_subclass(
            cls, (2,), dispatch_sizes_strides_policy="sizes", device="cuda"
        )

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        RAN.append(str(func))
        return torch.Size([2]) if "size" in str(func) else None


def test_subclass_is_not_asked() -> None:
    """Hooks of a subclass see nothing; one that answers by itself is told by its class."""
    hooked = torch.arange(3.0).as_subclass(Hooked)
    wrapper = Wrapper()
    RAN.clear()
    assert describe("h", hooked).shape == [3]
    found = describe("w", wrapper)
    assert (found.preview, found.shape) == ("Wrapper", None)
    assert describe("f", [hooked, wrapper]).kind == "sequence"
    assert RAN == []


@pytest.mark.usefixtures("_recorded")
def test_other_device_is_neither_read_nor_waited_for() -> None:
    """There is no GPU here: a tensor of torch's fake mode says that it is on one.

    What this cannot show is that no real driver is called; that items are read on the CPU only
    is shown by the ``meta`` device above, which has no memory at all.
    """
    from torch._subclasses.fake_tensor import FakeTensorMode

    with FakeTensorMode() as mode:
        fake = torch.empty(3, device="cuda")
    del mode
    RAN.clear()
    assert describe("f", fake).preview == "FakeTensor"
    assert RAN == []


def test_module_counts_its_parameters() -> None:
    """Each parameter once, by their headers; nothing of the module runs."""

    class Net(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first = torch.nn.Linear(2, 3)
            self.again = self.first

        def extra_repr(self) -> str:
            raise AssertionError("extra_repr ran")

        def __getattr__(self, name: str) -> Any:
            if armed:
                raise AssertionError("__getattr__ ran")
            return super().__getattr__(name)

    armed: list[int] = []
    net = Net()
    armed.append(1)
    found = describe("net", net)
    assert found.preview == "Net, 9 parameters: first Linear, again Linear"
    assert (found.kind, found.device, found.has_children) == ("object", "cpu", True)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(2))], lr=0.1)
    assert describe("o", optimizer).preview == "SGD, lr=0.1"
    assert describe("d", torch.device("cpu")).preview == "cpu"
    assert describe("d", torch.float32).preview == "torch.float32"
    assert describe("s", torch.Size([1])).preview == "Size((1,))"


@pytest.mark.usefixtures("_recorded")
@pytest.mark.parametrize(
    "tensor",
    [
        torch.zeros(3),
        torch.nn.Parameter(torch.zeros(2)),
        torch.zeros(2, 3)[1:],
        torch.eye(2).to_sparse(),
        torch.zeros(2, device="meta"),
    ],
    ids=["plain", "parameter", "view", "sparse", "meta"],
)
def test_modes_see_nothing_of_a_comparison(tensor: Any) -> None:
    """What is compared of a tensor is read past the user's modes, as what is shown."""
    RAN.clear()
    before = fingerprint(tensor)
    assert fingerprint(tensor) == before
    assert RAN == []


def test_lazy_clone_stays_one() -> None:
    """A clone that shares its memory until somebody writes is not copied by a look."""
    clone = torch._lazy_clone(torch.ones(4))
    before = fingerprint(clone)
    describe("v", clone)
    measure(clone)
    assert torch._C._is_cow_tensor(clone)
    clone.numpy()
    assert fingerprint(clone) == before, "reading it is no change"
    clone += 1
    assert fingerprint(clone) != before


def test_where_the_data_are_is_compared() -> None:
    """Other data in a tensor are a change, data that moved with their storage are none."""
    tensor = torch.ones(4)
    before = fingerprint(tensor)
    tensor.share_memory_()
    assert fingerprint(tensor) == before
    tensor.data = torch.zeros(4)
    assert fingerprint(tensor) != before
