/**
 * The kernel's process: `node livens-kernel.mjs CONNECTION_FILE`.
 *
 * This thread has the sockets and the key, and runs no Python: it answers who asks what kernel this
 * is, interrupts, and passes everything else on to the worker, in which Pyodide runs. What comes from
 * there is the word of code that nobody trusts: it is published and answered, and nothing else.
 */

import { readFile } from 'node:fs/promises';
import { Reply, Router, XPublisher } from 'zeromq';
import { Python } from './python.mjs';
import { Outbox, Session } from './wire.mjs';

/** So long what is printed may wait for more, so that a loop of prints is not a message for each. */
const STREAM_MS = 20;

/** So long the last messages have to leave. */
const LINGER_MS = 1_000;

/** Of so many requests the headers are kept, as parents of what their code still does. */
const MAX_PARENTS = 1_000;

/** What front ends do not go by when they show whether the kernel is busy. */
const NO_SIGN = new Set([
  'comm_info_request',
  'interrupt_request',
  'kernel_info_request',
  'shutdown_request'
]);

class Kernel {
  constructor(info) {
    this._session = new Session(info.key ?? '', info.signature_scheme || undefined);
    this._info = info;
    this._requests = new Map();
    this._parents = new Map();
    this._printed = { parent: '', name: '', text: '' };
    this._cell = null;
    this._isEnding = false;
  }

  async start(settings) {
    const address = name =>
      this._info.transport === 'ipc'
        ? `ipc://${this._info.ip}-${this._info[`${name}_port`]}`
        : `tcp://${this._info.ip}:${this._info[`${name}_port`]}`;
    const bound = async (socket, name) => {
      await socket.bind(address(name));
      return socket;
    };
    const options = { linger: LINGER_MS };
    const router = { ...options, handover: true };
    this._heartbeat = await bound(new Reply(options), 'hb');
    this._iopub = await bound(
      new XPublisher({ ...options, verbosity: 'allSubs' }),
      'iopub'
    );
    this._sockets = {
      shell: await bound(new Router(router), 'shell'),
      control: await bound(new Router(router), 'control'),
      stdin: await bound(new Router(router), 'stdin')
    };
    this._out = Object.fromEntries(
      [...Object.entries(this._sockets), ['iopub', this._iopub]].map(([name, socket]) => [
        name,
        new Outbox(socket)
      ])
    );
    void this._beat();
    void this._welcome();
    this._python = new Python({
      publish: message => this._publishFrom(message),
      reply: (id, type, content) => this._reply(id, type, content),
      status: (id, status) => this._statusOf(id, status),
      cell: cell => (this._cell = cell),
      input: (id, content) => this._ask(id, content),
      failed: why => this.fail(why)
    });
    await this._python.start(settings);
    for (const channel of Object.keys(this._sockets)) {
      void this._listen(channel);
    }
  }

  async _beat() {
    for await (const frames of this._heartbeat) {
      await this._heartbeat.send(frames);
    }
  }

  /** Tell each new subscriber that it is one, so that it misses nothing from there on. */
  async _welcome() {
    for await (const [frame] of this._iopub) {
      if (frame[0] === 1) {
        const topic = frame.subarray(1);
        const content = JSON.stringify({ subscription: topic.toString() });
        this._out.iopub.send(
          this._session.pack('iopub_welcome', content, { idents: [topic] })
        );
      }
    }
  }

  async _listen(channel) {
    for await (const frames of this._sockets[channel]) {
      try {
        this._take(channel, this._session.unpack(frames));
      } catch (error) {
        process.stderr.write(
          `livens: a message on ${channel} was left out: ${error.message}\n`
        );
      }
    }
  }

  _take(channel, { idents, header, content, texts, buffers }) {
    const { msg_type: type, msg_id: id } = header;
    if (channel === 'stdin') {
      if (type === 'input_reply') {
        this._python.answerInput(String(content?.value));
      }
      return;
    }
    this._requests.set(id, { channel, idents, header, type });
    this._remember(id, header);
    if (channel === 'control' && type in CONTROL) {
      this._status('busy', header);
      CONTROL[type](this, id, content);
      this._status('idle', header);
      this._requests.delete(id);
    } else {
      this._python.take({ id, channel, type, content, texts, buffers });
    }
  }

  _remember(id, header) {
    this._parents.set(id, header);
    if (this._parents.size > MAX_PARENTS) {
      this._parents.delete(this._parents.keys().next().value);
    }
  }

  // -- what is told --------------------------------------------------------------------------

  information() {
    return JSON.stringify({
      status: 'ok',
      protocol_version: '5.4',
      ...this._python.information,
      help_links: [],
      supported_features: [],
      livens: { mode: 'full', cell: this._cell }
    });
  }

  _publish(type, content, parent, options = {}) {
    this._flush();
    const idents = [options.topic ?? `kernel.${type}`];
    return this._out.iopub.send(
      this._session.pack(type, content, { ...options, parent: parent ?? {}, idents })
    );
  }

  /** Tell what the doing of a request is; resolves when the socket has it. */
  _publishFrom({ parent, type, content, metadata, topic, buffers }) {
    if (type === 'stream') {
      return this._print(parent, JSON.parse(content));
    }
    const options = { metadata, topic, buffers };
    return this._publish(type, content, this._headerOf(parent), options);
  }

  /** Return the header of a request: of one that is done too, if it is not of long ago. */
  _headerOf(id) {
    return this._requests.get(id)?.header ?? this._parents.get(id);
  }

  /** Print soon, together with what else is printed there until then. */
  _print(parent, { name, text }) {
    const printed = this._printed;
    if (printed.text && (printed.parent !== parent || printed.name !== name)) {
      this._flush();
    }
    Object.assign(printed, { parent, name, text: printed.text + text });
    this._timer ??= setTimeout(() => this._flush(), STREAM_MS);
    this._printing ??= new Promise(resolve => (this._sent = resolve));
    return this._printing;
  }

  _flush() {
    clearTimeout(this._timer);
    this._timer = undefined;
    const { parent, name, text } = this._printed;
    if (this._printing) {
      const sent = this._sent;
      this._printed.text = '';
      this._printing = undefined;
      const content = JSON.stringify({ name, text });
      const frames = this._session.pack('stream', content, {
        parent: this._headerOf(parent) ?? {},
        idents: [`kernel.${name}`]
      });
      void this._out.iopub.send(frames).then(sent);
    }
  }

  _status(state, header) {
    return this._publish('status', JSON.stringify({ execution_state: state }), header);
  }

  /**
   * Tell that a request is begun or done.
   *
   * Front ends take the newest status for the kernel's: after the `idle` of what was done beside a
   * cell that runs, they are told again that it is busy.
   */
  _statusOf(id, state) {
    const request = this._requests.get(id);
    if (!request) {
      return;
    }
    const sending = this._status(state, request.header);
    if (state === 'busy' && request.type === 'execute_request') {
      this._executing = request.header;
    } else if (state === 'idle') {
      this._requests.delete(id);
      if (request.header === this._executing) {
        this._executing = undefined;
      } else if (this._executing && !NO_SIGN.has(request.type)) {
        this._status('busy', this._executing);
      }
    }
    return sending;
  }

  _reply(id, type, content) {
    const request = this._requests.get(id);
    if (request && !request.isAnswered) {
      request.isAnswered = true;
      this._flush();
      const said = type === 'kernel_info_reply' ? this.information() : content;
      const options = { parent: request.header, idents: request.idents };
      return this._out[request.channel].send(this._session.pack(type, said, options));
    }
  }

  _ask(id, content) {
    const request = this._requests.get(id);
    if (request) {
      this._flush();
      const options = { parent: request.header, idents: request.idents };
      return this._out.stdin.send(this._session.pack('input_request', content, options));
    }
  }

  // -- the end -------------------------------------------------------------------------------

  interrupt() {
    this._python.interrupt();
  }

  async end(id, restart) {
    this._isEnding = true;
    const { header } = this._requests.get(id);
    const content = JSON.stringify({ status: 'ok', restart });
    await this._reply(id, 'shutdown_reply', content);
    await this._publish('shutdown_reply', content, header);
    await this._python.end();
    this.exit(0);
  }

  fail(why) {
    if (!this._isEnding) {
      this._isEnding = true;
      process.stderr.write(`livens: ${why}\n`);
      this.exit(1);
    }
  }

  exit(code) {
    for (const socket of [
      this._heartbeat,
      this._iopub,
      ...Object.values(this._sockets ?? {})
    ]) {
      socket?.close();
    }
    // Sockets linger in the thread of their context, which ends with the process.
    setTimeout(() => process.exit(code), 50);
  }
}

/** What this thread does by itself on the control channel, while Python computes too. */
const CONTROL = {
  kernel_info_request: (kernel, id) => kernel._reply(id, 'kernel_info_reply', ''),
  interrupt_request(kernel, id) {
    kernel.interrupt();
    kernel._reply(id, 'interrupt_reply', '{"status":"ok"}');
  },
  shutdown_request: (kernel, id, content) =>
    void kernel.end(id, content?.restart === true)
};

/** End when the parent has: nobody else would. */
function watchParent() {
  const parent = process.ppid;
  const isGiven = Number(process.env.JPY_PARENT_PID) === parent;
  // On Windows the variable has a handle, and a process keeps the number of a parent that ended.
  const isWindows = process.platform === 'win32';
  if (parent > 1 && (isGiven || (isWindows && process.env.JPY_PARENT_PID))) {
    setInterval(() => {
      if (process.ppid !== parent || (isWindows && !isAlive(parent))) {
        process.exit(1);
      }
    }, 1_000).unref();
  }
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Return the settings of the command line, `--LivensKernel.NAME=VALUE`; others are for other kernels. */
function settings(words) {
  const found = words
    .map(word => /^--LivensKernel\.(\w+)=(.*)$/s.exec(word))
    .filter(Boolean);
  return found.map(([, name, value]) => [name, value]);
}

const words = process.argv.slice(2);
const file = words.find(word => !word.startsWith('--'));
if (file === undefined) {
  process.stderr.write('Usage: node livens-kernel.mjs CONNECTION_FILE\n');
  process.exit(2);
}
try {
  new Function();
  process.stderr.write('Start node with --disallow-code-generation-from-strings\n');
  process.exit(2); // or Python could reach everything here
} catch (error) {
  if (!(error instanceof EvalError)) {
    throw error;
  }
}
watchParent();
const kernel = new Kernel(JSON.parse(await readFile(file, 'utf8')));
process.on('SIGINT', () => kernel.interrupt());
try {
  await kernel.start(settings(words));
} catch (error) {
  kernel.fail(`The kernel does not start: ${error.message}`);
}
