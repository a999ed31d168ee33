// Passes requests on to an MCP server and adds its token, for clients that cannot send one:
// `node token_proxy.mjs URL`, with the token in LIVENS_MCP_TOKEN. Prints the port that it listens on.

import { createServer, request } from 'node:http';

const target = new URL(process.argv[2]);

const server = createServer((incoming, answer) => {
  const headers = {
    ...incoming.headers,
    authorization: `Bearer ${process.env.LIVENS_MCP_TOKEN}`
  };
  const { method, url: path } = incoming;
  const outgoing = request(
    { host: target.hostname, port: target.port, method, path, headers },
    reply => {
      answer.writeHead(reply.statusCode, reply.headers);
      reply.pipe(answer);
    }
  );
  outgoing.on('error', () => answer.destroy());
  answer.on('close', () => outgoing.destroy());
  incoming.pipe(outgoing);
});

server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
