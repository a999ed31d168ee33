"""The program for seccomp decides by the number of a call."""

from __future__ import annotations

import struct

import pytest

from livens.exceptions import SandboxRefused
from livens.sandbox.system_calls import REFUSED, seccomp_program

ALLOW, NOT_PERMITTED, NOT_IMPLEMENTED = 0x7FFF0000, 0x00050001, 0x00050026

ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}


def decided(program: bytes, number: int, architecture: int) -> int:
    """Return what a program decides, as Linux runs it."""
    steps = list(struct.iter_unpack("=HBBI", program))
    at, loaded = 0, 0
    while True:
        code, if_true, if_false, value = steps[at]
        at += 1
        if code == 0x20:
            loaded = {0: number, 4: architecture}[value]
        elif code == 0x06:
            return value
        else:
            is_true = {0x15: loaded == value, 0x35: loaded >= value}[code]
            at += if_true if is_true else if_false


@pytest.mark.parametrize("machine", REFUSED)
def test_listed_calls_and_no_others_are_refused(machine: str) -> None:
    """Of all the numbers that there are."""
    program = seccomp_program(machine)
    refused = {
        number
        for number in range(1000)
        if decided(program, number, ARCHITECTURES[machine]) == NOT_PERMITTED
    }
    assert refused == set(REFUSED[machine].values())
    assert decided(program, 0, ARCHITECTURES[machine]) == ALLOW


def test_other_numbers_for_the_same_calls_are_refused() -> None:
    """Those of x32, and those of 32-bit programs."""
    program = seccomp_program("x86_64")
    assert decided(program, 0x40000000 + 250, ARCHITECTURES["x86_64"]) == NOT_PERMITTED
    assert decided(program, 3, 0x40000003) == NOT_IMPLEMENTED


def test_unknown_machine_is_refused() -> None:
    """Nothing starts without what keeps it in."""
    with pytest.raises(SandboxRefused, match="system calls on riscv64; expected one of x86_64"):
        seccomp_program("riscv64")
