// The rooms of src, from the bottom up: a file imports from its own room and from those below it.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

/** What stands side by side knows nothing of each other. */
const LAYERS = [
  ['protocol'],
  ['model'],
  ['tokens'],
  ['actions'],
  ['views'],
  ['lab', 'widget', 'inline'],
  ['page', 'player'],
  ['index']
];

const SOURCES = join(__dirname, '../../../src');

// `import … from`, `export … from`, `import '…'` and `import('…')`, types as well.
const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*'(\.[^']*)'/g;

const files = (readdirSync(SOURCES, { recursive: true }) as string[]).filter(name =>
  /\.tsx?$/.test(name)
);
const imports = new Map(
  files.map(name => {
    const text = readFileSync(join(SOURCES, name), 'utf-8');
    const targets = [...text.matchAll(IMPORT)].map(([, target]) =>
      join(dirname(name), target!)
    );
    return [withoutSuffix(name), targets];
  })
);

function withoutSuffix(name: string): string {
  return name.replace(/\.tsx?$/, '');
}

function roomOf(file: string): string {
  return file.split('/')[0]!;
}

/** How high a room stands; -1 for one that has no place. */
function heightOf(room: string): number {
  return LAYERS.findIndex(rooms => rooms.includes(room));
}

test('every file has its room, and all that it imports is there', () => {
  assert.ok(files.length > 40, SOURCES);
  const homeless = [...imports.keys()].filter(file => heightOf(roomOf(file)) < 0);
  assert.deepEqual(homeless, []);
  const missing = [...imports.values()].flat().filter(target => !imports.has(target));
  assert.deepEqual(missing, []);
});

test('nothing imports upwards or sideways', () => {
  const wrong = [...imports].flatMap(([file, targets]) =>
    targets
      .filter(target => {
        const [from, to] = [roomOf(file), roomOf(target)];
        return from !== to && heightOf(to) >= heightOf(from);
      })
      .map(target => `${file} imports ${target}`)
  );
  assert.deepEqual(wrong, []);
});

test('no file imports itself, by way of others', () => {
  const circles: string[] = [];
  const done = new Set<string>();
  const follow = (file: string, way: string[]): void => {
    if (way.includes(file)) {
      circles.push([...way.slice(way.indexOf(file)), file].join(' > '));
    } else if (!done.has(file)) {
      imports.get(file)?.forEach(target => follow(target, [...way, file]));
      done.add(file);
    }
  };
  [...imports.keys()].forEach(file => follow(file, []));
  assert.deepEqual(circles, []);
});
