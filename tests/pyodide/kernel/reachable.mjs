/**
 * Tell which functions of Node can be reached by properties, before and after Node is shut away.
 *
 *     node --disallow-code-generation-from-strings reachable.mjs KERNEL_FOLDER
 *
 * Prints JSON: how many objects there are to reach, and the paths of those that do something outside.
 */

import { builtinModules, createRequire } from 'node:module';

const folder = process.argv[2];
const require = createRequire(import.meta.url);
const { writeSync } = require('node:fs');
const { isMap, isSet } = require('node:util').types;
const exit = process.exit.bind(process);
const { shutIn } = await import(`file://${folder}/loading.mjs`);
const { freezeLanguage } = await import(`file://${folder}/confinement.mjs`);

/** Modules of which nothing reaches the machine. */
const HARMLESS = new Set([
  ...[
    'assert',
    'buffer',
    'console',
    'constants',
    'crypto',
    'events',
    'path',
    'perf_hooks'
  ],
  ...[
    'punycode',
    'querystring',
    'stream',
    'string_decoder',
    'sys',
    'timers',
    'url',
    'util',
    'zlib'
  ]
]);

/** Everything that does something outside, by the very function. */
function forbidden() {
  const found = new Map();
  const add = (value, name) => {
    if (typeof value === 'function') {
      found.set(value, name);
    }
  };
  const addAll = (object, name) => {
    for (const key of Reflect.ownKeys(object)) {
      const { value } = Reflect.getOwnPropertyDescriptor(object, key);
      add(value, `${name}.${String(key)}`);
    }
  };
  for (const name of builtinModules.filter(each => !each.startsWith('_'))) {
    if (!HARMLESS.has(name.split('/')[0])) {
      addAll(require(`node:${name}`), name);
    }
  }
  addAll(process, 'process');
  for (const name of [
    'fetch',
    'WebSocket',
    'EventSource',
    'BroadcastChannel',
    'MessageChannel'
  ]) {
    add(globalThis[name], name);
  }
  // What modules merely hand on is the language's, or is shown to be harmless by its home.
  for (const name of Reflect.ownKeys(globalThis)) {
    if (!['fetch', 'WebSocket', 'EventSource'].includes(name)) {
      const value = Reflect.getOwnPropertyDescriptor(globalThis, name).value;
      if (!String(name).endsWith('Channel')) {
        found.delete(value);
      }
    }
  }
  for (const each of [Object.prototype, Function.prototype]) {
    for (const key of Reflect.ownKeys(each)) {
      found.delete(Reflect.getOwnPropertyDescriptor(each, key).value);
    }
  }
  const events = require('node:events');
  for (const name of Reflect.ownKeys(events)) {
    found.delete(events[name]);
  }
  return found;
}

/** Go by all properties, getters and prototypes, without calling anything. */
function reach(roots, isForbidden, isPython = () => false) {
  const seen = new Set();
  const waiting = Object.entries(roots).map(([path, value]) => [value, path]);
  const reached = [];
  while (waiting.length > 0) {
    const [value, path] = waiting.pop();
    const kind = typeof value;
    if (value === null || (kind !== 'object' && kind !== 'function') || seen.has(value)) {
      continue;
    }
    seen.add(value);
    if (isPython(value)) {
      continue; // Python's own object; it has no properties of JavaScript
    }
    if (isForbidden.has(value)) {
      reached.push(`${path} is ${isForbidden.get(value)}`);
    }
    waiting.push([Reflect.getPrototypeOf(value), `${path}.__proto__`]);
    if (ArrayBuffer.isView(value)) {
      continue;
    }
    for (const key of Reflect.ownKeys(value)) {
      const own = Reflect.getOwnPropertyDescriptor(value, key);
      for (const part of ['value', 'get', 'set']) {
        waiting.push([own?.[part], `${path}.${String(key)}`]);
      }
    }
    if (isMap(value) || isSet(value)) {
      value.forEach((each, key) => waiting.push([each, `${path}[]`], [key, `${path}[]`]));
    }
  }
  return { objects: seen.size, reached };
}

const those = forbidden();
const before = reach({ globalThis, process }, those);
const load = await shutIn(`${folder}/node_modules/pyodide`, error => {
  throw error;
});
const pyodide = await load();
freezeLanguage();
const isPython = value => value instanceof pyodide.ffi.PyProxy;
const after = reach({ globalThis, pyodide }, those, isPython);
writeSync(1, `${JSON.stringify({ before, after })}\n`);
exit(0);
