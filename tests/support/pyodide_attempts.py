"""Ways in which Python in Pyodide might reach the machine, by Python, by JavaScript, by C.

Each is code with a name, that stores what it got hold of as ``got``. It finds these names:
`SECRET_FILE`, a file with a secret; `PORT`, on which somebody listens; `FOLDER`, for a
trace; and `VARIABLE`, an environment variable of the host with the secret.
"""

from __future__ import annotations

PYTHON = {
    "open": "got = open(SECRET_FILE).read()",
    "open a descriptor": "got = [os.read(n, 100) for n in range(3, 40)]",
    "list": "got = os.listdir(os.path.dirname(SECRET_FILE))",
    "environment": "got = dict(os.environ)",
    "socket": "s = socket.create_connection(('127.0.0.1', PORT), 2); s.send(b'reached'); got = s",
    "asyncio": "got = await asyncio.open_connection('127.0.0.1', PORT)",
    "urlopen": "got = urllib.request.urlopen(f'http://127.0.0.1:{PORT}/').read()",
    "file URL": "got = urllib.request.urlopen('file://' + SECRET_FILE).read()",
    "system": "got = os.system(f'touch {FOLDER}/trace')",
    "subprocess": "got = subprocess.run(['touch', f'{FOLDER}/trace'])",
    "fork": "got = os.fork()",
    "write": "open(f'{FOLDER}/trace', 'w').write('reached'); got = 1",
    "ctypes system": "got = ctypes.CDLL(None).system(f'touch {FOLDER}/trace'.encode())",
    "pyfetch": "got = await (await pyodide.http.pyfetch(f'http://127.0.0.1:{PORT}/')).text()",
    "pyfetch of a file": "got = await (await pyodide.http.pyfetch('file://' + SECRET_FILE)).text()",
    "open_url": "got = pyodide.http.open_url(f'http://127.0.0.1:{PORT}/').read()",
}
"""By Python's own means."""

JAVASCRIPT = {
    "process": "got = js.process.env.to_py() if hasattr(js.process.env, 'to_py') else "
    "getattr(js.process.env, VARIABLE)",
    "binding": "got = js.process.binding('fs')",
    "builtin module": "got = js.process.getBuiltinModule('fs').readFileSync(SECRET_FILE, 'utf8')",
    "require": "got = js.require('fs').readFileSync(SECRET_FILE, 'utf8')",
    "fetch": "got = await (await js.fetch(f'http://127.0.0.1:{PORT}/')).text()",
    "fetch of a file": "got = await (await js.fetch('file://' + SECRET_FILE)).arrayBuffer()",
    "WebSocket": "got = js.WebSocket.new(f'ws://127.0.0.1:{PORT}'); await asyncio.sleep(0.3)",
    "XMLHttpRequest": "got = js.XMLHttpRequest.new()",
    "Worker": "got = js.Worker.new('data:text/javascript,1')",
    "BroadcastChannel": "got = js.BroadcastChannel.new('x').postMessage",
    "eval": "got = await js.eval(IMPORT_FS)",
    "run_js": "got = await pyodide.code.run_js(IMPORT_FS)",
    "Function": "got = await js.Function('return ' + IMPORT_FS)()",
    "new Function": "got = await js.Function.new('return ' + IMPORT_FS)()",
    "constructor": "got = await js.Object.constructor('return ' + IMPORT_FS)()",
    "constructor of an async function": "got = await js.Object.getPrototypeOf(js.fetch)"
    ".constructor('return ' + IMPORT_FS)()",
    "constructor of a converted list": "got = await pyodide.ffi.to_js([])"
    ".constructor.constructor('return ' + IMPORT_FS)()",
    "constructor of a proxy": "got = await pyodide.ffi.create_proxy(print)"
    ".constructor.constructor('return ' + IMPORT_FS)()",
    "timer with text": 'js.setTimeout(f\'import("node:fs").then(fs => fs.writeFileSync('
    '"{FOLDER}/trace", ""))\', 0); await asyncio.sleep(0.3); got = 1',
    "mountNodeFS": "pyodide_js.mountNodeFS('/mnt1', os.path.dirname(SECRET_FILE))\n"
    "got = open('/mnt1/' + os.path.basename(SECRET_FILE)).read()",
    "NODEFS": "os.makedirs('/mnt2'); fs = pyodide_js.FS\n"
    "fs.mount(fs.filesystems.NODEFS, pyodide.ffi.to_js({'root': os.path.dirname(SECRET_FILE)},"
    " dict_converter=js.Object.fromEntries), '/mnt2')\n"
    "got = open('/mnt2/' + os.path.basename(SECRET_FILE)).read()",
    "loadPackage": "got = await pyodide_js.loadPackage('file://' + SECRET_FILE)",
    "sockets of Node": "await pyodide_js.useNodeSockFS(); "
    "got = socket.create_connection(('127.0.0.1', PORT), 2).send(b'reached')",
    "sockets of Node, directly": "await pyodide_js._api.initializeNodeSockFS(); got = 1",
    "Error": "js.Error = pyodide.ffi.create_proxy(Exception)\n"
    "got = None if hasattr(js.Error, 'captureStackTrace') else 'replaced'",
    "Atomics": "js.Atomics = pyodide.ffi.create_proxy([])\n"
    "got = None if hasattr(js.Atomics, 'wait') else 'replaced'",
    "JSON": "js.JSON = pyodide.ffi.create_proxy([])\n"
    "got = None if hasattr(js.JSON, 'stringify') else 'replaced'",
    "stack": "f = lambda error, sites: pyodide.ffi.to_js([s.getFunction() for s in sites])\n"
    "js.Error.prepareStackTrace = pyodide.ffi.create_proxy(f)\n"
    "got = [f for f in js.Error.new('x').stack if f]; assert got",
    "prototype": "f = pyodide.ffi.create_proxy(lambda *a: None)\n"
    "js.Promise.prototype.then = f; got = js.Promise.prototype.then",
}
"""By JavaScript's objects, and what Pyodide has of its own."""

FATAL = {
    "emscripten_run_script": "got = ctypes.CDLL(None).emscripten_run_script("
    'f\'import("node:fs").then(fs => fs.writeFileSync("{FOLDER}/trace", ""))\'.encode())\n'
    "await asyncio.sleep(0.3)",
    "emscripten_run_script_string": "f = ctypes.CDLL(None).emscripten_run_script_string\n"
    "f.restype = ctypes.c_char_p\ngot = f(b'process.env.' + VARIABLE.encode())",
}
"""By C: Pyodide's Python does not survive the error that is raised then."""

BEFORE = """
import asyncio, ctypes, os, socket, subprocess, urllib.request
import js, pyodide.code, pyodide.ffi, pyodide.http, pyodide_js
IMPORT_FS = f"import('node:fs').then(fs => fs.readFileSync({SECRET_FILE!r}, 'utf8'))"
"""
"""Runs before the attempts."""
