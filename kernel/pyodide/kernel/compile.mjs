/** Compile what is in python/packages.zip with Pyodide's own Python, at the installation. */

import { readFileSync, writeFileSync } from 'node:fs';
import { loadPyodide } from 'pyodide';

const file = new URL('python/packages.zip', import.meta.url);
const pyodide = await loadPyodide();
pyodide.FS.writeFile('/packages.zip', new Uint8Array(readFileSync(file)));
pyodide.runPython(`
import compileall, pathlib, shutil, zipfile
from py_compile import PycInvalidationMode
shutil.unpack_archive("/packages.zip", "/lib/livens-kernel")
compileall.compile_dir(
    "/lib/livens-kernel", quiet=2, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH
)
root = pathlib.Path("/lib/livens-kernel")
with zipfile.ZipFile("/packages.zip", "w", zipfile.ZIP_STORED) as archive:
    for path in sorted(root.rglob("*")):
        if path.is_file():
            archive.write(path, path.relative_to(root).as_posix())
`);
writeFileSync(file, pyodide.FS.readFile('/packages.zip'));
process.exit(0);
