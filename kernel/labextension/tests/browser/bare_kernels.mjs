// Kernels that know nothing of livens, for the server of a worker.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bin, homeOf } from './servers.mjs';

/** A kernel of another language: it runs nothing, and says that it did. */
const OTHER = `
from ipykernel.kernelapp import IPKernelApp
from ipykernel.kernelbase import Kernel

class Other(Kernel):
    implementation, implementation_version, banner = "other", "1", ""
    language_info = {"name": "other", "mimetype": "text/plain", "file_extension": ".txt"}

    async def do_execute(self, code, silent, *args, **kwargs):
        return {"status": "ok", "execution_count": self.execution_count,
                "payload": [], "user_expressions": {}}

IPKernelApp.launch_instance(kernel_class=Other)
`;

function addSpec(name, language, argv) {
  const folder = join(homeOf(), 'data', 'kernels', name);
  mkdirSync(folder, { recursive: true });
  const spec = { argv, display_name: name, language };
  writeFileSync(join(folder, 'kernel.json'), JSON.stringify(spec));
}

function run(python, code) {
  return execFileSync(python, ['-c', code], { encoding: 'utf-8' }).trim();
}

/**
 * Add the kernel `bare`: a stock ipykernel whose Python cannot import livens. It has the packages that
 * the tests are run with; what only the files `.pth` of that folder lead to, as to livens, it has not.
 * Return the path of its Python.
 */
export function addBareKernel() {
  const folder = join(homeOf(), 'bare');
  rmSync(folder, { recursive: true, force: true });
  execFileSync(join(bin, 'python'), ['-m', 'venv', '--without-pip', folder]);
  const python = join(folder, 'bin', 'python');
  const where = 'import sysconfig; print(sysconfig.get_path("purelib"))';
  const packages = run(join(bin, 'python'), where);
  writeFileSync(join(run(python, where), 'packages.pth'), packages);
  const argv = [python, '-m', 'ipykernel_launcher', '-f', '{connection_file}'];
  addSpec('bare', 'python', argv);
  return python;
}

/** The folder that livens is imported from in the tests. */
export function folderOfLivens() {
  return run(
    join(bin, 'python'),
    'import livens, os; print(os.path.dirname(os.path.dirname(livens.__file__)))'
  );
}

/** Add the kernel `other`, of another language. */
export function addOtherKernel() {
  const program = join(homeOf(), 'other_kernel.py');
  writeFileSync(program, OTHER);
  addSpec('other', 'other', [join(bin, 'python'), program, '-f', '{connection_file}']);
}

/** Take both away. */
export function removeKernels() {
  for (const name of ['bare', 'other']) {
    const folder = join(homeOf(), 'data', 'kernels', name);
    if (existsSync(folder)) {
      rmSync(folder, { recursive: true });
    }
  }
}
