"""What code in a sandbox tries: each attempt raises where it is refused.

In the code, names in capitals are set by the test: ``PID`` is a process outside, ``PORT`` listens
outside, and so on. ``outside`` says that it does no harm there, so the test runs it there too, to
see that it would succeed. ``refused`` are the errors that refuse it; another one is a mistake of
the attempt.
"""

from __future__ import annotations

from typing import NamedTuple


class Attempt(NamedTuple):
    """One thing that is tried."""

    name: str
    code: str
    refused: str
    outside: bool = False


PREPARE = """\
import ctypes, errno, glob, os, socket, stat, subprocess, sys, time
libc = ctypes.CDLL(None, use_errno=True)

def called(result):
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result

def write(path):
    with open(path, "a") as file:
        file.write("")

def needs(condition):
    if not condition:
        raise OSError(errno.ENOENT, "not there")
"""

NETWORK = [
    Attempt(
        "TCP to a port of the machine",
        "socket.create_connection(('127.0.0.1', PORT), 5).close()",
        "ECONNREFUSED",
        outside=True,
    ),
    Attempt(
        "a network card",
        "needs({name for _, name in socket.if_nameindex()} - {'lo'})",
        "ENOENT",
    ),
    Attempt(
        "an address that is not its own",
        "socket.socket(type=socket.SOCK_DGRAM).connect(('192.0.2.1', 9))",
        "ENETUNREACH",
    ),
    Attempt(
        "a raw socket",
        "socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)",
        "EPERM",
    ),
    Attempt(
        "an abstract Unix socket of the machine",
        "socket.socket(socket.AF_UNIX).connect(chr(0) + ABSTRACT)",
        "ECONNREFUSED",
        outside=True,
    ),
]

FILES = [
    Attempt(
        "writing a file of the user", "os.open(SECRET_FILE, os.O_WRONLY)", "ENOENT", outside=True
    ),
    Attempt("writing into /usr", "write('/usr/lib/livens-was-here')", "EROFS"),
    Attempt("writing into /etc", "write('/etc/livens-was-here')", "EROFS"),
    Attempt("writing into the root", "write('/livens-was-here')", "EROFS"),
    Attempt("writing into /dev", "write('/dev/livens-was-here')", "EROFS"),
    Attempt("writing into Python's environment", "write(ENVIRONMENT)", "EROFS"),
    Attempt("reading a file of the user", "open(SECRET_FILE).read()", "ENOENT", outside=True),
    Attempt("reading the user's home", "needs(files_of_home())", "EACCES ENOENT"),
    Attempt("reading the passwords", "open('/etc/shadow').read()", "ENOENT"),
    Attempt(
        "reading another session's folder", "open(NEIGHBOUR_FILE).read()", "ENOENT", outside=True
    ),
    Attempt(
        "another session's socket",
        "socket.socket(socket.AF_UNIX).connect(NEIGHBOUR_SOCKET)",
        "ENOENT",
        outside=True,
    ),
    Attempt(
        "other kernels' connection files", "needs(os.listdir(RUNTIME))", "ENOENT", outside=True
    ),
    Attempt(
        "a way out by a link",
        "os.path.lexists('link') or os.symlink(SECRET_FILE, 'link'); open('link').read()",
        "ENOENT",
    ),
    Attempt("a way out by /proc/1/root", "open('/proc/1/root' + SECRET_FILE).read()", "ENOENT"),
    Attempt(
        "a way out by an open directory",
        "needs([at for at in glob.glob('/proc/[0-9]*/fd/*') if os.path.lexists(at)"
        " and os.path.isdir(at) and not os.readlink(at).startswith(('/proc', FOLDER))])",
        "ENOENT",
    ),
    Attempt("the server's log", "needs(OUTPUT in map(os.readlink, open_files()))", "ENOENT"),
]

PROCESSES = [
    Attempt("a process of the machine in /proc", "os.stat(f'/proc/{PID}')", "ENOENT", outside=True),
    Attempt("a signal to it", "os.kill(PID, 0)", "ESRCH", outside=True),
    Attempt(
        "the environment of any process",
        "needs(SECRET in all_environments())",
        "ENOENT",
        outside=True,
    ),
    Attempt("its own environment", "needs(SECRET in str(os.environ))", "ENOENT", outside=True),
    Attempt("ptrace of it", "called(libc.ptrace(16, PID, 0, 0))", "ESRCH"),
    Attempt(
        "its memory",
        "called(libc.process_vm_readv(PID, ctypes.byref(IOVEC), 1, ctypes.byref(IOVEC), 1, 0))",
        "ESRCH",
    ),
    Attempt(
        "its limits",
        "import resource; resource.prlimit(PID, resource.RLIMIT_CORE)",
        "ESRCH",
        outside=True,
    ),
    Attempt(
        "shared memory of System V", "called(libc.shmget(SHM_KEY, 0, 0))", "ENOENT", outside=True
    ),
    Attempt("shared memory in /dev/shm", "os.stat(SHM_FILE)", "ENOENT", outside=True),
    Attempt("a terminal", "os.open('/dev/tty', os.O_RDWR)", "ENXIO"),
]

PRIVILEGES = [
    Attempt("becoming root", "os.setuid(0)", "EPERM EINVAL"),
    Attempt("becoming another user", "os.setuid(2)", "EPERM EINVAL"),
    Attempt("root by a setuid program", "needs(libc.prctl(39, 0, 0, 0, 0) == 0)", "ENOENT", True),
    Attempt("capabilities", "needs(capabilities())", "ENOENT"),
    Attempt("a user namespace", "called_in_child('unshare(0x10000000)')", "ENOSPC EPERM"),
    Attempt("a mount namespace", "called(libc.unshare(0x20000))", "EPERM"),
    Attempt("a mount", "called(libc.mount(b'x', b'/tmp', b'tmpfs', 0, None))", "EPERM"),
    Attempt("a writable root", "called(libc.mount(None, b'/', None, 32, None))", "EPERM"),
    Attempt("removing a mount", "called(libc.umount2(b'/proc/sys', 2))", "EPERM"),
    Attempt("another root", "os.chroot('/tmp')", "EPERM"),
    Attempt("a device", "os.mknod('disk', stat.S_IFBLK | 0o600, os.makedev(8, 0))", "EPERM"),
    Attempt("the machine's disks", "needs(devices(stat.S_ISBLK))", "ENOENT"),
    Attempt("the machine's memory", "os.open('/dev/mem', os.O_RDONLY)", "ENOENT"),
    Attempt("giving a file away", "write('mine'); os.chown('mine', 2, 2)", "EPERM EINVAL"),
    Attempt("another host name", "socket.sethostname('x')", "EPERM"),
    Attempt("the clock", "time.clock_settime(time.CLOCK_REALTIME, time.time())", "EPERM"),
    # Wrong numbers: whoever may restart the machine gets EINVAL.
    Attempt("restarting the machine", "called(libc.reboot(0))", "EPERM"),
    Attempt("a kernel module", "called(libc.syscall(CALLS['init_module'], None, 0, b''))", "EPERM"),
    Attempt(
        "the keyring of its parent", "called(libc.syscall(CALLS['keyctl'], 0, -3, 1))", "EPERM"
    ),
    Attempt("measuring the machine", "called(libc.syscall(CALLS['perf_event_open'], 0))", "EPERM"),
    Attempt("a program in the Linux kernel", "called(libc.syscall(CALLS['bpf'], 99))", "EPERM"),
    Attempt("io_uring", "called(libc.syscall(CALLS['io_uring_setup'], 0, 0))", "EPERM"),
    Attempt("the log of the Linux kernel", "called(libc.syscall(CALLS['syslog'], 10))", "EPERM"),
    Attempt("settings of the Linux kernel", "write('/proc/sys/kernel/core_pattern')", "EROFS"),
    Attempt("anything of the machine in /proc", "needs(writable_in_proc())", "ENOENT"),
    Attempt("the limits of cgroups", "needs(os.path.exists('/sys/fs/cgroup'))", "ENOENT", True),
    Attempt(
        "a higher limit of its own",
        "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (99999, 99999))",
        "ValueError",
    ),
    Attempt("being preferred", "os.setpriority(os.PRIO_PROCESS, 0, -5)", "EACCES EPERM"),
]

MORE = """\
def read_bytes(path):
    try:
        with open(path, "rb") as file:
            return file.read(1_000_000)
    except OSError:
        return b""

def all_environments():
    return str([read_bytes(path) for path in glob.glob("/proc/[0-9]*/environ")])

def open_files():
    return [path for path in glob.glob("/proc/[0-9]*/fd/*") if os.path.lexists(path)]

def capabilities():
    lines = open("/proc/self/status").read().splitlines()
    return [line for line in lines if line.startswith("Cap") and int(line.split()[1], 16)]

def devices(kind):
    return [path for path in glob.glob("/dev/*") if kind(os.lstat(path).st_mode)]

def files_of_home():
    return [name for name in os.listdir(USERS_HOME) if os.path.isfile(USERS_HOME + "/" + name)]

def called_in_child(call):
    # Linux refuses it to a process with threads, whatever its rights.
    program = "import ctypes, sys; libc = ctypes.CDLL(None, use_errno=True); "
    program += f"sys.exit(libc.{call} and ctypes.get_errno())"
    number = subprocess.run([sys.executable, "-I", "-S", "-c", program]).returncode
    if number:
        raise OSError(number, os.strerror(number))

def writable_in_proc():
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit() or os.path.islink("/proc/" + name):
            continue
        paths = ["/proc/" + name]
        for folder, _, files in os.walk("/proc/" + name):
            paths += [os.path.join(folder, file) for file in files]
        found += [path for path in paths if os.path.isfile(path) and can_write(path)]
    return found

def can_write(path):
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))
    except OSError:
        return False
    return True

class Iovec(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]

IOVEC = Iovec(ctypes.cast(ctypes.create_string_buffer(8), ctypes.c_void_p), 8)
"""

JUDGE = """\
def outcome(code):
    try:
        exec(code, globals())
    except OSError as err:
        return errno.errorcode[err.errno]
    except Exception as err:
        return type(err).__name__
    return "succeeded"
"""
