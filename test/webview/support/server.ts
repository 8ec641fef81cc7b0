import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { messagesBlock } from '../../../src/shared/language';
import type { Messages } from '../../../src/shared/language';

const TYPES: Record<string, string> = {
  js: 'text/javascript',
  css: 'text/css',
  html: 'text/html; charset=utf-8',
};

/** Tensors on their way to a page, by their place on the server: each is fetched once. */
const buffers = new Map<string, Uint8Array>();
let sent = 0;

/** The place from which a page fetches these numbers. */
export function putBuffer({ buffer, byteOffset, byteLength }: Float32Array | Uint8Array): string {
  const place = `wire/${sent++}`;
  buffers.set(place, new Uint8Array(buffer, byteOffset, byteLength));
  return place;
}

/** Serves the panel as the extension does: the same page, the same content security policy, no inline code or style. */
export async function servePanel(
  folder: string,
  panel = 'attention',
  messages?: Messages,
): Promise<{ origin: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const name = new URL(request.url ?? '/', 'http://panel').pathname.slice(1) || 'index.html';
    const send = (body: string | Uint8Array, headers: Record<string, string> = {}) =>
      response
        .writeHead(200, { 'Content-Type': TYPES[name.split('.').at(-1) ?? ''] ?? 'text/plain', ...headers })
        .end(body);
    if (name === 'index.html') {
      const nonce = randomBytes(16).toString('base64');
      send(page(nonce, panel, messages), {
        'Content-Security-Policy': policy(nonce, request.headers.host ?? ''),
      });
    } else if (buffers.has(name)) {
      send(buffers.get(name) ?? '', { 'Content-Type': 'application/octet-stream' });
      buffers.delete(name);
    } else if (name === 'favicon.ico') {
      response.writeHead(204).end();
    } else {
      readFile(join(folder, name)).then(send, () => response.writeHead(404).end());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    close: () => new Promise((resolve) => (server.closeAllConnections(), server.close(() => resolve()))),
  };
}

/** The extension's, and what the stand-in for its wire needs. */
function policy(nonce: string, host: string): string {
  return `connect-src http://${host}/wire/; default-src 'none'; script-src 'nonce-${nonce}'; style-src 'self'; font-src 'self'; img-src 'self' data: blob:`;
}

function page(nonce: string, panel: string, messages?: Messages): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${panel}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/${panel}.css"></head>
<body><div id="app"></div>${messagesBlock(messages)}<script nonce="${nonce}" src="/${panel}.js"></script></body>
</html>`;
}
