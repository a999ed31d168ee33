/** How things are written for people. */

import type { Column, Origin, Variable } from '../protocol/messages';

/** One step of a path: a tag and its data. */
export type Path = unknown[][];

/** Name a place in the tree: the same path has the same key, across updates. */
export function keyOf(path: Path): string {
  return JSON.stringify(path);
}

/** Write bytes as people read them, in steps of 1000. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let power = 0;
  let rest = bytes;
  while (rest >= 999.5 && power < units.length - 1) {
    rest /= 1000;
    power += 1;
  }
  const digits = power === 0 || rest >= 99.95 ? 0 : 1;
  return `${rest.toFixed(digits)} ${units[power]}`;
}

/** Write a whole number as people read it. */
export function formatCount(count: number): string {
  return count.toLocaleString('en');
}

/** Write a shape. */
export function formatShape(shape: readonly number[]): string {
  return shape.map(formatCount).join(' × ');
}

/** Write the type of a column with what is missing; of a sample, in how many rows that is. */
export function figuresText({ dtype, nulls, sampled }: Column): string {
  if (!nulls) {
    return dtype;
  }
  const of = sampled ? ` of ${formatCount(sampled)}` : '';
  return `${dtype} · ${formatCount(nulls)}${of} null`;
}

/** Write the ends of a column as Python does. */
export function endsText({ min, max, dtype }: Column): string {
  const write = (end: unknown) => {
    if (typeof end === 'boolean') {
      return end ? 'True' : 'False';
    }
    return typeof end === 'number' && /float|double/i.test(dtype)
      ? formatFloat(end)
      : String(end);
  };
  return min === undefined || min === null ? '' : `${write(min)} … ${write(max)}`;
}

/** Write a number as Python writes a float. */
export function formatFloat(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e16) {
    return Object.is(value, -0) ? '-0.0' : `${value}.0`;
  }
  const size = Math.abs(value);
  if (size >= 1e16 || size < 1e-4) {
    return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  }
  return String(value);
}

/** Write how large a value is: its shape, its length or its bytes. */
export function formatSize(variable: Variable): string {
  if (variable.shape && variable.shape.length > 0) {
    return formatShape(variable.shape);
  }
  if (variable.length !== undefined && variable.length !== null) {
    return formatCount(variable.length);
  }
  if (variable.nbytes) {
    return formatBytes(variable.nbytes);
  }
  return '';
}

/** Write a type with what belongs to it. */
export function formatType(variable: Variable): string {
  return variable.dtype ? `${variable.type} ${variable.dtype}` : variable.type;
}

/** Write how long ago something was. */
export function formatAge(seconds: number): string {
  if (seconds < 1.5) {
    return 'now';
  }
  const steps: [number, string][] = [
    [60, 's'],
    [60, 'min'],
    [24, 'h'],
    [Infinity, 'd']
  ];
  let rest = seconds;
  for (const [limit, unit] of steps) {
    if (Math.round(rest) < limit) {
      return `${Math.round(rest)} ${unit}`;
    }
    rest /= limit;
  }
  return '';
}

/** Write where a change was made: `In [3]`, and the line where it is known. */
export function formatOrigin(origin: Origin | null | undefined): string {
  if (!origin) {
    return '';
  }
  if (origin.client) {
    return origin.client;
  }
  if (origin.execution_count === undefined || origin.execution_count === null) {
    return '';
  }
  const cell = `In [${origin.execution_count}]`;
  return origin.line ? `${cell}:${origin.line}` : cell;
}

/**
 * Write a path as a Python expression.
 *
 * @returns null where none leads there: keys of other types are only known by their position.
 */
export function expressionOf(path: Path): string | null {
  let expression = '';
  for (const [tag, ...data] of path) {
    switch (tag) {
      case 'name':
        expression = String(data[0]);
        break;
      case 'index':
        expression += `[${data[0]}]`;
        break;
      case 'key':
        expression += `[${keyLiteral(String(data[0]), String(data[1]))}]`;
        break;
      case 'entry':
        expression = `list(${expression}.values())[${data[0]}]`;
        break;
      case 'member':
        expression = `list(${expression})[${data[0]}]`;
        break;
      case 'attribute':
        expression += `.${data[0]}`;
        break;
      default:
        return null;
    }
  }
  return expression;
}

function keyLiteral(type: string, text: string): string {
  if (type !== 'str') {
    return text;
  }
  const quoted = JSON.stringify(text)
    .slice(1, -1)
    .replace(/\\"/g, '"')
    .replace(/'/g, "\\'");
  return `'${quoted}'`;
}

/** The number that a preview shows; null where it shows none. */
export function numberOf(variable: Variable): number | null {
  if (variable.kind !== 'number' || variable.truncated) {
    return null;
  }
  const text = (variable.preview ?? '').replace(/_/g, '');
  const number = Number(text);
  return text !== '' && Number.isFinite(number) ? number : null;
}

/** Whether the preview is the value, written as Python reads it. */
export function isLiteral(variable: Variable): boolean {
  return (
    !variable.truncated &&
    variable.status !== 'skipped' &&
    !variable.reason &&
    !variable.module &&
    ['number', 'bool', 'none', 'text', 'bytes'].includes(variable.kind) &&
    !/^-?(inf|nan)$/.test(variable.preview ?? '')
  );
}

/**
 * Whether the preview is the value, written as Python reads it: as `isLiteral`, or containers of
 * such values. A copy of a container is another object, so what is written is a new value.
 */
export function isWritable(variable: Variable): boolean {
  const isPlain =
    !variable.truncated &&
    variable.status !== 'skipped' &&
    !variable.reason &&
    !variable.module &&
    ['list', 'tuple', 'dict', 'set'].includes(variable.type);
  return (
    isLiteral(variable) ||
    (isPlain && (variable.preview === 'set()' || isPythonLiteral(variable.preview ?? '')))
  );
}

const STRING = /[bB]?(?:'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")/y;
const ATOM = /(?:-?\d[\d_]*(?:\.\d*)?(?:e[+-]?\d+)?j?|True|False|None)(?![\w.])/y;

/** Whether a text is a list, tuple, dict or set of literals, to any depth. */
export function isPythonLiteral(text: string): boolean {
  let at = 0;
  const skip = () => (at += /^\s*/.exec(text.slice(at))![0].length);
  const take = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    at += found ? found[0].length : 0;
    return found !== null;
  };
  const items = (close: string, hasKeys: boolean): boolean => {
    for (let count = 0; ; count++) {
      skip();
      if (text[at] === close) {
        at += 1;
        return true;
      }
      if (count > 0) {
        if (text[at] !== ',') {
          return false;
        }
        at += 1;
        skip();
        if (text[at] === close) {
          at += 1;
          return true;
        }
      }
      if (!value()) {
        return false;
      }
      skip();
      if (hasKeys && text[at] === ':') {
        at += 1;
        if (!value()) {
          return false;
        }
      }
    }
  };
  const value = (): boolean => {
    skip();
    const open = text[at] ?? '';
    const close = { '[': ']', '(': ')', '{': '}' }[open];
    if (close) {
      at += 1;
      return items(close, open === '{');
    }
    return take(STRING) || take(ATOM);
  };
  const isValue = value();
  skip();
  return isValue && at === text.length;
}
