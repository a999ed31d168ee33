/**
 * Shuts Node away from the Python of this thread.
 *
 * Python reaches JavaScript's objects (`import js`), and from any of them others. What it must not
 * reach is the machine: files, network, processes, and the memory of the kernel's other thread. So
 *
 * - no code is made from strings, in the whole process: the kernel is started with V8's option
 *   `--disallow-code-generation-from-strings`. What JavaScript there is, is that of these files,
 *   and none of it can say `import('node:fs')` for Python;
 * - the global object has what the language has, and of Node's what is listed here;
 * - Pyodide is loaded as in a page, not as under Node: it knows no file system but its own;
 * - what Node's modules do is taken out of them, should one be reached all the same;
 * - the objects of the language are frozen, so that no code of ours is given others.
 */

import { createRequire, syncBuiltinESMExports } from 'node:module';

/** What JavaScript itself has, and of Node's what does nothing outside. */
const KEPT = new Set([
  ...['AggregateError', 'Array', 'ArrayBuffer', 'Atomics', 'BigInt', 'BigInt64Array'],
  ...['BigUint64Array', 'Boolean', 'DataView', 'Date', 'Error', 'EvalError'],
  ...[
    'FinalizationRegistry',
    'Float32Array',
    'Float64Array',
    'Function',
    'Infinity',
    'Int16Array'
  ],
  ...[
    'Int32Array',
    'Int8Array',
    'Intl',
    'Iterator',
    'JSON',
    'Map',
    'Math',
    'NaN',
    'Number'
  ],
  ...[
    'Object',
    'Promise',
    'Proxy',
    'RangeError',
    'ReferenceError',
    'Reflect',
    'RegExp',
    'Set'
  ],
  ...['SharedArrayBuffer', 'String', 'Symbol', 'SyntaxError', 'TypeError', 'URIError'],
  ...[
    'Uint16Array',
    'Uint32Array',
    'Uint8Array',
    'Uint8ClampedArray',
    'WeakMap',
    'WeakRef'
  ],
  ...['WeakSet', 'WebAssembly', 'decodeURI', 'decodeURIComponent', 'encodeURI'],
  ...[
    'encodeURIComponent',
    'escape',
    'eval',
    'globalThis',
    'isFinite',
    'isNaN',
    'parseFloat'
  ],
  ...['parseInt', 'undefined', 'unescape'],
  ...[
    'AbortController',
    'AbortSignal',
    'DOMException',
    'Event',
    'EventTarget',
    'TextDecoder'
  ],
  ...['TextEncoder', 'URL', 'URLSearchParams', 'atob', 'btoa', 'queueMicrotask'],
  ...['structuredClone']
]);

/** Modules that reach the machine, or other code. */
const REACHING = [
  ...['async_hooks', 'child_process', 'cluster', 'dgram', 'diagnostics_channel', 'dns'],
  ...[
    'dns/promises',
    'domain',
    'fs',
    'fs/promises',
    'http',
    'http2',
    'https',
    'inspector'
  ],
  ...['inspector/promises', 'module', 'net', 'os', 'repl', 'sea', 'sqlite', 'test'],
  ...['tls', 'trace_events', 'tty', 'v8', 'vm', 'wasi', 'worker_threads']
];

/** What of the process does so. */
const OF_PROCESS = [
  ...['_debugEnd', '_debugProcess', '_getActiveHandles', '_getActiveRequests', '_kill'],
  ...[
    '_linkedBinding',
    '_rawDebug',
    '_startProfilerIdleNotifier',
    'abort',
    'argv',
    'binding'
  ],
  ...[
    'chdir',
    'config',
    'cpuUsage',
    'cwd',
    'dlopen',
    'env',
    'execArgv',
    'execPath',
    'execve'
  ],
  ...['getActiveResourcesInfo', 'getBuiltinModule', 'kill', 'loadEnvFile', 'mainModule'],
  ...['openStdin', 'permission', 'report', 'resourceUsage', 'setgid', 'setuid'],
  ...['stderr', 'stdin', 'stdout', 'umask']
];

/** What cannot be taken away: numbers, and of `module` and `tls` texts. */
const HARMLESS = new Set(['constants', 'wrap', 'wrapper', 'rootCertificates']);

const node = process;
const require = createRequire(import.meta.url);

/**
 * Take out of the global object what is Node's, and give Pyodide what it needs.
 *
 * @param files - what it may fetch, by name.
 */
export function hideNode(files) {
  const timers = numberedTimers();
  const now = performance.now.bind(performance);
  const { timeOrigin } = performance;
  const getRandomValues = crypto.getRandomValues.bind(crypto);
  const { instantiate } = WebAssembly;
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    if (!KEPT.has(name) && !delete globalThis[name]) {
      throw new Error(`Node's global '${name}' cannot be taken away`);
    }
  }
  for (const symbol of Object.getOwnPropertySymbols(globalThis)) {
    if (symbol !== Symbol.toStringTag) {
      delete globalThis[symbol];
    }
  }
  delete WebAssembly.compileStreaming;
  const given = {
    ...timers,
    console: Object.fromEntries(
      ['debug', 'error', 'info', 'log', 'trace', 'warn'].map(name => [
        name,
        () => undefined
      ])
    ),
    performance: { now: () => now(), timeOrigin },
    crypto: { getRandomValues: array => getRandomValues(array) },
    fetch: async url => response(files.get(String(url).split('/').at(-1)), url),
    // Python's modules ask for these, and can then say what is wrong.
    Request: noNetwork(),
    XMLHttpRequest: noNetwork(),
    self: globalThis,
    location: { href: 'file:///pyodide/', toString: () => 'file:///pyodide/' },
    // By these Pyodide takes this for a worker of a page.
    WorkerGlobalScope: class {
      static [Symbol.hasInstance](value) {
        return value === globalThis;
      }
    }
  };
  Object.assign(globalThis, given);
  WebAssembly.instantiateStreaming = async (fetched, imports) =>
    instantiate(await (await fetched).arrayBuffer(), imports);
}

/** Timers as pages have them: those of Node are objects. */
function numberedTimers() {
  const running = new Map();
  let last = 0;
  const { setTimeout, setInterval, clearTimeout } = globalThis;
  const started =
    (start, isOnce) =>
    (task, delay, ...given) => {
      if (typeof task !== 'function') {
        throw new TypeError('A timer was given no function');
      }
      const id = ++last;
      const timer = start(() => {
        if (isOnce) {
          running.delete(id);
        }
        task(...given);
      }, delay);
      running.set(id, timer);
      return id;
    };
  const clear = id => {
    clearTimeout(running.get(id));
    running.delete(id);
  };
  return {
    setTimeout: started(setTimeout, true),
    setInterval: started(setInterval, false),
    clearTimeout: clear,
    clearInterval: clear
  };
}

function noNetwork() {
  return class {
    constructor() {
      throw new TypeError('Nothing can be fetched: this Python has no network');
    }
  };
}

function response(bytes, url) {
  if (bytes === undefined) {
    throw new TypeError(`${url} cannot be fetched: this Python has no network`);
  }
  const buffer = async () =>
    bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  return { ok: true, status: 200, arrayBuffer: buffer };
}

/**
 * Take out of Node's modules what they do; after that none is loaded.
 *
 * @param report - gets the errors that nobody catches, which would end this thread.
 */
export function shutNodeAway(report) {
  node.on('uncaughtException', report);
  node.on('unhandledRejection', report);
  for (const name of REACHING) {
    let exported;
    try {
      exported = require(`node:${name}`);
    } catch {
      continue; // of another version of Node
    }
    empty(exported, Object.getOwnPropertyNames(exported));
  }
  empty(node, OF_PROCESS);
  syncBuiltinESMExports();
}

function empty(exported, names) {
  for (const name of names) {
    const found = Object.getOwnPropertyDescriptor(exported, name);
    if (found === undefined) {
      continue; // of another version of Node
    }
    if (found.configurable) {
      delete exported[name];
    } else if (found.writable) {
      exported[name] = undefined;
    } else if (!HARMLESS.has(name) && !isPrimitive(found)) {
      throw new Error(`Node's '${name}' cannot be taken away`);
    }
  }
}

function isPrimitive({ value, get }) {
  return get === undefined && Object(value) !== value;
}

/** Freeze the objects of the language: what they do for this thread, nobody can change. */
export function freezeLanguage() {
  const generator = function* () {};
  const asyncGenerator = async function* () {};
  const found = [
    ...Object.getOwnPropertyNames(globalThis).map(name => globalThis[name]),
    ...[generator, asyncGenerator, async () => undefined].flatMap(each => [
      Object.getPrototypeOf(each),
      Object.getPrototypeOf(each).constructor,
      each.prototype && Object.getPrototypeOf(each.prototype)
    ]),
    ...[
      [].values(),
      new Map().keys(),
      new Set().keys(),
      ''[Symbol.iterator](),
      ''.matchAll(/a/g)
    ]
      .map(Object.getPrototypeOf)
      .flatMap(each => [each, Object.getPrototypeOf(each)]),
    Object.getPrototypeOf(Uint8Array),
    WebAssembly.Memory,
    WebAssembly.Table,
    WebAssembly.Module,
    WebAssembly.Instance
  ];
  // Pyodide sets it and puts it back. Paths of this machine are in what it would limit.
  Object.defineProperty(Error, 'stackTraceLimit', { value: 0, writable: true });
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    // What is called by its name, here and in Pyodide, stays what it is.
    const value = globalThis[name];
    Object.defineProperty(globalThis, name, {
      value,
      writable: false,
      configurable: false
    });
  }
  for (const each of found) {
    if (
      each === globalThis ||
      !['object', 'function'].includes(typeof each) ||
      each === null
    ) {
      continue;
    }
    freeze(each, each === Error ? ['stackTraceLimit'] : []);
    if (typeof each === 'function' && each.prototype) {
      freeze(each.prototype, []);
    }
  }
}

/** Freeze an object; objects that inherit from it can still have properties of these names. */
function freeze(object, except) {
  const isBase = object === Object.prototype || object === Function.prototype;
  const isError = object === Error.prototype || Error.prototype.isPrototypeOf(object);
  Object.preventExtensions(object);
  for (const key of Reflect.ownKeys(object).filter(each => !except.includes(each))) {
    const own = Object.getOwnPropertyDescriptor(object, key);
    const isOverridden = isBase || isError || key === 'constructor' || key === 'toString';
    if ('value' in own && own.configurable && isOverridden && !isConstructor(object)) {
      Object.defineProperty(object, key, {
        ...overridable(object, key, own),
        configurable: false
      });
    } else {
      const frozen = 'value' in own ? { writable: false } : {};
      Object.defineProperty(object, key, { ...frozen, configurable: false });
    }
  }
}

function isConstructor(object) {
  return typeof object === 'function' && object !== Function.prototype;
}

/** As a property that is only read forbids those that inherit it to assign one of their own. */
function overridable(object, key, { value, enumerable }) {
  return {
    get: () => value,
    set(own) {
      if (this === object) {
        throw new TypeError(
          `'${String(key)}' of an object of the language cannot be changed`
        );
      }
      Object.defineProperty(this, key, {
        value: own,
        writable: true,
        enumerable: true,
        configurable: true
      });
    },
    enumerable
  };
}
