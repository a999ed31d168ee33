// Three Pythons, each in a worker with a REPL and its variables. Nothing but files is needed: see
// README.md.

import { createProcess } from 'livens-pyodide';
import { showVariables } from 'livens-pyodide/view';
import { Entries } from './entries.js';

const SAMPLES = {
  Ada: 'import asyncio, math\nfor step in range(200):\n    loss = math.exp(-step / 40)\n    await asyncio.sleep(0.05)',
  Bob: 'n = 0\nwhile True:\n    n += 1',
  Cleo: 'rows = []\nfor k in range(1000):\n    rows.append({"k": k, "square": k * k})'
};

/** One Python, and what the page shows of it. */
class Repl {
  constructor(name, sample) {
    const section = document.getElementById('process').content.cloneNode(true);
    this._section = section.firstElementChild;
    this._section.setAttribute('aria-label', name);
    this._find('h2').textContent = name;
    this._input = this._find('textarea');
    this._input.value = sample;
    this._input.setAttribute('aria-label', `Code for ${name}`);
    this._find('.entries').setAttribute('aria-label', `Output of ${name}`);
    this._entries = new Entries(this._find('.entries'));
    this._input.addEventListener('keydown', event => this._onKey(event));
    this._find('form').addEventListener('submit', event => {
      event.preventDefault();
      void this._run();
    });
    this._find('.interrupt').addEventListener('click', () => this._process.interrupt());
    this._find('.restart').addEventListener('click', () => void this.start());
    document.getElementById('processes').append(section);
  }

  /** Start Python, or another one in its place. */
  async start() {
    this._forget?.();
    this._process?.end();
    this._running = 0;
    this._setState('starting');
    try {
      const process = await createProcess({ pyodideURL: 'pyodide/pyodide.mjs' });
      this._process = process;
      const off = process.onOutput(({ stream, text }) => this._entries.add(stream, text));
      const watch = await process.watch();
      watch.on('closed', () => this._setState('ended'));
      const takeAway = showVariables(watch, this._find('.variables'));
      this._forget = () => {
        off();
        takeAway();
        watch.close();
      };
      this._setState('idle');
    } catch (error) {
      this._entries.add('error', String(error));
      this._setState('ended');
    }
  }

  async _run() {
    const code = this._input.value.trimEnd();
    if (code === '' || !this._isAlive) {
      return;
    }
    this._input.value = '';
    this._at = null;
    this._entries.add('code', code);
    const process = this._process;
    this._running += 1;
    this._setState('busy');
    try {
      const { result, traceback } = await process.run(code);
      if (result ?? traceback) {
        this._entries.add(traceback ? 'error' : 'result', result ?? traceback);
      }
    } catch (error) {
      this._entries.add('error', error.message);
    }
    if (process === this._process && !process.isEnded && --this._running === 0) {
      this._setState('idle');
    }
  }

  /** Whether there is a Python, which is not just being started or has ended. */
  get _isAlive() {
    return ['idle', 'busy'].includes(this._section.dataset.state);
  }

  _onKey(event) {
    const { key, shiftKey, ctrlKey } = event;
    if (!this._isAlive) {
      return;
    }
    const { selectionStart, selectionEnd, value } = this._input;
    if (key === 'Enter' && shiftKey) {
      void this._run();
    } else if (key === 'c' && ctrlKey && selectionStart === selectionEnd) {
      this._process.interrupt();
    } else if (key === 'ArrowUp' && !value.slice(0, selectionStart).includes('\n')) {
      this._walk(-1);
    } else if (key === 'ArrowDown' && !value.slice(selectionEnd).includes('\n')) {
      this._walk(1);
    } else {
      return;
    }
    event.preventDefault();
  }

  /** Show an earlier or a later input. */
  _walk(by) {
    const { history } = this._process;
    const at = Math.max(0, Math.min(history.length, (this._at ?? history.length) + by));
    this._at = at;
    this._input.value = history[at] ?? '';
  }

  _setState(state) {
    this._section.dataset.state = state;
    this._find('.state').textContent = {
      starting: 'starting …',
      idle: 'waits for code',
      busy: 'code runs',
      ended: 'has ended'
    }[state];
    this._find('.run').disabled = !this._isAlive;
    this._find('.interrupt').disabled = state !== 'busy';
    this._find('.restart').disabled = state === 'starting';
  }

  _find(selector) {
    return this._section.querySelector(selector);
  }
}

document.getElementById('isolation').textContent = crossOriginIsolated
  ? 'Shift+Enter runs, Ctrl+C interrupts, ↑ and ↓ go through what was run.'
  : 'This page has no shared memory: code that computes cannot be interrupted, only restarted.';

await Promise.all(
  Object.entries(SAMPLES).map(([name, sample]) => new Repl(name, sample).start())
);
