// JupyterLite's Python kernel under Node: its Python is the real one, in real Pyodide; what its
// worker does in JavaScript is done here, message by message.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const folder = resolve(
  process.env.LIVENS_LITE ??
    join(dirname(fileURLToPath(import.meta.url)), '../../../.lite')
);
const pyodideFolder = join(folder, 'lite/static/pyodide');
const wheels = join(
  folder,
  'site/extensions/@jupyterlite/pyodide-kernel-extension/static/pypi'
);
const { loadPyodide } = await import(pathToFileURL(join(pyodideFolder, 'pyodide.mjs')));

export const TARGET = 'livens.variables';

/** A kernel, as the page sees it. */
export class Kernel {
  /** Start one; with `withLoader` livens is loaded from its start. */
  static async start({ withLoader = true } = {}) {
    const kernel = new Kernel();
    const loaded = withLoader ? 'livens-lite' : 'livens';
    const pyodide = await loadPyodide({
      indexURL: pyodideFolder,
      packages: ['micropip', 'packaging', 'ipython', 'jedi', 'comm', loaded],
      stdout: () => undefined,
      stderr: text => kernel.errors.push(text)
    });
    for (const name of ['piplite', 'ipykernel-6', 'pyodide_kernel']) {
      const file = readdirSync(wheels).find(each => each.startsWith(name));
      pyodide.unpackArchive(new Uint8Array(readFileSync(join(wheels, file))), 'wheel');
    }
    kernel._pyodide = pyodide;
    await pyodide.runPythonAsync('import pyodide_kernel');
    const module = pyodide.globals.get('pyodide_kernel');
    kernel._kernel = module.kernel_instance.copy();
    kernel._shell = kernel._kernel.interpreter.copy();
    for (const stream of ['stdout_stream', 'stderr_stream']) {
      module[stream].publish_stream_callback = (_, text) => (kernel._printed += text);
    }
    kernel._shell.send_comm = (type, content) => kernel._take(type, content);
    return kernel;
  }

  /** Run a cell; returns what the kernel replies, with what was printed. */
  async run(code, { cellId = 'a-cell', silent = false } = {}) {
    const id = `request-${(this._requests += 1)}`;
    this._parent('execute_request', { code, silent }, id, { cellId });
    this._printed = '';
    const result = this._plain(await this._kernel.run(code));
    return { ...result, id, printed: this._printed };
  }

  /** Return the value of an expression, as JSON has it. */
  read(expression) {
    const text = this._pyodide.runPython(
      `__import__("json").dumps(eval(${JSON.stringify(expression)}, get_ipython().user_ns))`,
      { globals: this._pyodide.toPy({ get_ipython: this._shell.get_ipython }) }
    );
    return JSON.parse(text);
  }

  open(data = { interval_ms: 50 }, commId = 'a-comm') {
    return this._comm('comm_open', { comm_id: commId, target_name: TARGET, data });
  }

  close(commId = 'a-comm') {
    return this._comm('comm_close', { comm_id: commId, data: {} });
  }

  /** Ask for something; returns the result or the error. */
  async ask(method, params = {}, commId = 'a-comm') {
    const id = (this._requests += 1);
    this._comm('comm_msg', { comm_id: commId, data: { id, method, params } });
    for (let tries = 0; tries < 1000; tries++) {
      const answer = this.told.find(message => message.id === id);
      if (answer) {
        return answer.error ?? answer.result;
      }
      await new Promise(done => setTimeout(done, 10));
    }
    throw new Error(`${method} was not answered`);
  }

  /** What a variable was told to be, one after the other. */
  seen(name) {
    const seen = this.told.flatMap(({ params = {} }) =>
      [...(params.variables ?? []), ...(params.changed ?? [])]
        .filter(variable => variable.name === name)
        .map(variable => variable.preview)
    );
    return seen.filter((preview, index) => preview !== seen[index - 1]);
  }

  /** The last that was told of a variable. */
  variable(name) {
    return this.told
      .flatMap(({ params = {} }) => [
        ...(params.variables ?? []),
        ...(params.changed ?? [])
      ])
      .findLast(variable => variable.name === name);
  }

  _comm(type, content) {
    this._parent(type, content, `request-${(this._requests += 1)}`);
    const { toPy } = this._pyodide;
    this._kernel.comm_manager[type](toPy(null), toPy(null), toPy({ content }));
  }

  _parent(type, content, id, metadata = {}) {
    this._kernel._parent_header = this._pyodide.toPy({
      header: { msg_id: id, msg_type: type },
      content,
      metadata
    });
  }

  _take(type, content) {
    const { comm_id, data } = this._plain(content);
    const parent = this._plain(this._kernel._parent_header).header.msg_id;
    this.sent.push({ type, comm_id, parent });
    if (type === 'comm_msg') {
      this.told.push(data);
    }
  }

  /** As JupyterLite's worker does: what cannot be sent to the page fails. */
  _plain(value) {
    const plain = value?.toJs
      ? value.toJs({ dict_converter: Object.fromEntries })
      : value;
    return structuredClone(plain);
  }

  errors = [];
  sent = [];
  told = [];
  _printed = '';
  _requests = 0;
}
