// Uses livens.ts: code that runs, with its output and its variables as they come.
//     LIVENS_URL=http://127.0.0.1:8765 LIVENS_TOKEN=secret node count.js

import { LivensServer } from './livens.js';

const server = new LivensServer(process.env.LIVENS_URL ?? 'http://127.0.0.1:8765', {
  token: process.env.LIVENS_TOKEN
});
const session = `count-${Date.now()}`;
const code = `
for n in range(3):
    square = n * n
    print(square, flush=True)
`;

for await (const event of server.stream(session, code, { variables: true })) {
  if (event.type === 'output') {
    console.log('output:', event.content.trimEnd());
  } else if (event.type === 'change') {
    for (const { name, preview } of event.changed ?? []) {
      console.log('changed:', name, '=', preview);
    }
  } else if (event.type === 'complete') {
    console.log('complete:', event.returnCode);
  }
}
await server.end(session);
