// Write src/protocol/messages.ts from the JSON Schema that the kernel ships.
// `--check` writes nothing, and fails if the file is not what would be written.

import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { compile } from 'json-schema-to-typescript';
import prettier from 'prettier';

const schemaFile = new URL(
  '../../livens/schema/livens.variables.v1.json',
  import.meta.url
);
const target = new URL('../src/protocol/messages.ts', import.meta.url);

const banner = `/**
 * The messages of livens.variables, version 1. Generated from the JSON Schema that ships with the
 * kernel (\`make protocol\`); what they mean is in docs/protocol.md.
 */`;

/** Leave out how long lists may be, of which the generator would make a union of tuples. */
function unbounded(schema) {
  if (Array.isArray(schema)) {
    return schema.map(unbounded);
  }
  if (schema === null || typeof schema !== 'object') {
    return schema;
  }
  const kept = Object.entries(schema).filter(
    ([key, value]) =>
      !((key === 'minItems' || key === 'maxItems') && typeof value === 'number')
  );
  return Object.fromEntries(kept.map(([key, value]) => [key, unbounded(value)]));
}

/** Put the schema into the words of the generator, which knows an older draft. */
function translated(schema) {
  const definitions = {};
  const properties = {};
  for (const [name, { prefixItems, ...definition }] of Object.entries(schema.$defs)) {
    definitions[name] = { ...unbounded(definition), title: name };
    if (prefixItems) {
      const { length } = prefixItems;
      Object.assign(definitions[name], {
        items: prefixItems,
        minItems: 1,
        maxItems: length
      });
    }
    properties[name] = { $ref: `#/$defs/${name}` };
  }
  // The generator leaves out what nothing refers to, so that one type refers to all.
  return { title: 'Protocol', type: 'object', properties, $defs: definitions };
}

async function generate() {
  const schema = translated(JSON.parse(await readFile(schemaFile, 'utf-8')));
  const text = await compile(schema, 'Protocol', {
    additionalProperties: false,
    bannerComment: banner,
    format: false,
    maxItems: 5
  });
  const options = await prettier.resolveConfig(fileURLToPath(target));
  return prettier.format(text, { ...options, parser: 'typescript' });
}

const text = await generate();
if (process.argv.includes('--check')) {
  const found = await readFile(target, 'utf-8').catch(() => '');
  if (found !== text) {
    process.stderr.write(
      'src/protocol/messages.ts is not what the schema says: run `make protocol`.\n'
    );
    process.exitCode = 1;
  }
} else {
  await writeFile(target, text);
}
