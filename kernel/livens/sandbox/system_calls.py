"""The system calls that a sandbox refuses, as a program for seccomp.

They need no privilege, or are often wrong about one, and no code in a notebook needs them. Keyrings
are the one way to secrets that no namespace closes: a process inherits that of its parent. The
program is a list of comparisons; `seccomp(2)` says what its words mean.
"""

from __future__ import annotations

import platform
import struct

from livens.exceptions import SandboxRefused

REFUSED = {
    "x86_64": {
        "add_key": 248,
        "request_key": 249,
        "keyctl": 250,
        "perf_event_open": 298,
        "bpf": 321,
        "userfaultfd": 323,
        "io_uring_setup": 425,
        "io_uring_enter": 426,
        "io_uring_register": 427,
        "open_by_handle_at": 304,
        "kexec_load": 246,
        "kexec_file_load": 320,
        "init_module": 175,
        "delete_module": 176,
        "finit_module": 313,
        "syslog": 103,
    },
    "aarch64": {
        "add_key": 217,
        "request_key": 218,
        "keyctl": 219,
        "perf_event_open": 241,
        "bpf": 280,
        "userfaultfd": 282,
        "io_uring_setup": 425,
        "io_uring_enter": 426,
        "io_uring_register": 427,
        "open_by_handle_at": 265,
        "kexec_load": 104,
        "kexec_file_load": 294,
        "init_module": 105,
        "delete_module": 106,
        "finit_module": 273,
        "syslog": 116,
    },
}
"""The numbers of the calls, by the machine's kind."""

_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
"""``AUDIT_ARCH_…``: which numbers a call uses. A 32-bit program uses others."""

_X32 = 0x40000000
"""From here on x86-64 has the same calls once more, under other numbers."""

_LOAD, _IF_EQUAL, _IF_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06

_NUMBER_AT, _ARCHITECTURE_AT = 0, 4

_ALLOW, _NOT_PERMITTED, _NOT_IMPLEMENTED = 0x7FFF0000, 0x00050001, 0x00050026


def seccomp_program(machine: str = "") -> bytes:
    """Return the program that refuses them with ``EPERM``, as `bubblewrap --seccomp` reads it.

    Parameters
    ----------
    machine : str
        The machine's kind; by default that of this one.

    Raises
    ------
    SandboxRefused
        If the numbers are not known.
    """
    machine = machine or platform.machine()
    if machine not in REFUSED:
        raise SandboxRefused(
            f"A sandbox cannot refuse system calls on {machine}; expected one of "
            + ", ".join(REFUSED)
        )
    numbers = sorted(REFUSED[machine].values())
    steps = [
        (_LOAD, 0, 0, _ARCHITECTURE_AT),
        (_IF_EQUAL, 1, 0, _ARCHITECTURES[machine]),
        (_RETURN, 0, 0, _NOT_IMPLEMENTED),
        (_LOAD, 0, 0, _NUMBER_AT),
        (_IF_AT_LEAST, len(numbers) + 1, 0, _X32),
    ]
    # Each jumps over the rest of them, and over the step that allows.
    steps += [(_IF_EQUAL, len(numbers) - i, 0, number) for i, number in enumerate(numbers)]
    steps += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _NOT_PERMITTED)]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)
