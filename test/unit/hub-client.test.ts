import assert from 'node:assert/strict';
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { HubClient } from '../../src/models/hub/client';
import { hubEndpoint } from '../../src/models/hub/endpoint';
import { checkRepoId, checkRevision, folderOf, idOf, pathProblem } from '../../src/models/hub/names';
import { proxyFetch } from '../../src/models/hub/proxy';
import type { Fault } from '../hub/faults';
import {
  assertWhole,
  clientOf,
  errorOf,
  FAST_RETRY,
  fetchFrom,
  smallModel,
  startHub,
  temporaryFolder,
} from '../hub/support';

const ID = 'lab/tiny';
const TOKEN = 'hf_secretsecretsecret';
const model = smallModel('client', 4_000);

test('the endpoint is the setting, then HF_ENDPOINT, then the public Hub', () => {
  assert.equal(
    hubEndpoint('https://mirror.example/hf/', { HF_ENDPOINT: 'https://b.example' }).href,
    'https://mirror.example/hf',
  );
  assert.equal(hubEndpoint(' ', { HF_ENDPOINT: 'https://b.example' }).host, 'b.example');
  assert.equal(hubEndpoint(undefined, {}).href, 'https://huggingface.co/');
  for (const wrong of ['mirror', 'ftp://a.example', 'https://me:secret@a.example', 'file:///etc']) {
    assert.throws(() => hubEndpoint(wrong, {}), { code: 'usage' });
  }
});

test('ids and revisions are checked, and folders of ids do not meet', () => {
  for (const good of ['gpt2', 'Xenova/gpt2', 'a/b.c-d_e'])
    assert.equal(idOf(folderOf(checkRepoId(good))), good);
  const bad = [
    '',
    'a/b/c',
    '../x',
    'a/..',
    'a--b/c',
    '/a',
    'a/',
    'a b',
    'a\\b',
    'a/con',
    'a/b.git',
    'x'.repeat(200),
    'a/b?c=d',
  ];
  for (const id of bad) assert.throws(() => checkRepoId(id), { code: 'usage' }, id);
  for (const good of ['main', 'refs/pr/1', 'v1.0']) assert.equal(checkRevision(good), good);
  for (const revision of ['', '../x', 'a/../b', '-x', 'a b', 'a\0'])
    assert.throws(() => checkRevision(revision), { code: 'usage' });
});

test('paths that leave the folder or cannot be stored are told from good ones', () => {
  const hostile = [
    '../x',
    'a/../b',
    '/etc/passwd',
    'a//b',
    './a',
    'a/.',
    'a\0b',
    'a\\b',
    'C:/x',
    'c:x',
    '',
    'a/',
    '..',
    'a\nb',
  ];
  for (const path of hostile) assert.equal(pathProblem(path), 'hostile', JSON.stringify(path));
  const unusable = [
    'con',
    'onnx/NUL.onnx',
    'lpt1.txt',
    'a.',
    'a ',
    'x<y',
    'model.json',
    'a.partial',
    'b.lock',
    `${'x'.repeat(300)}`,
  ];
  for (const path of unusable) assert.equal(pathProblem(path), 'unusable', path);
  for (const path of [
    'config.json',
    'onnx/model.onnx',
    'onnx/model.onnx_data_1',
    '.gitattributes',
    'ü/日本.txt',
  ]) {
    assert.equal(pathProblem(path), null, path);
  }
});

for (const path of [
  '../../evil.onnx',
  '/evil.onnx',
  'onnx/../../evil.onnx',
  'onnx\\..\\evil.onnx',
  'a\0.onnx',
  'C:evil.onnx',
]) {
  test(`a listing with ${JSON.stringify(path)} is refused whole`, async (context) => {
    const hub = await startHub(context);
    hub.add(ID, { ...model, [path]: 'evil' });
    const cacheDir = await temporaryFolder(context);
    const error = await errorOf(fetchFrom(clientOf(hub), cacheDir, { id: ID }));
    assert.match(error.message, /lists a file outside its own folder/);
    assert.deepEqual(await readdir(cacheDir), []);
  });
}

test('a file whose name cannot be stored everywhere is left out', async (context) => {
  const hub = await startHub(context);
  hub.add(ID, { ...model, 'images/a:b.png': 'x', 'aux.txt': 'x', 'model.json': '{}' });
  await assertWhole(await fetchFrom(clientOf(hub), await temporaryFolder(context), { id: ID }), model);
});

/** Listings that no honest Hub sends. */
const listings: { name: string; listed: Record<string, unknown> }[] = [
  { name: 'no size', listed: { lfs: { oid: 'a'.repeat(64) } } },
  { name: 'a negative size', listed: { lfs: { oid: 'a'.repeat(64), size: -1 } } },
  { name: 'a size beyond reason', listed: { lfs: { oid: 'a'.repeat(64), size: 2 ** 52 } } },
  { name: 'a fractional size', listed: { lfs: { oid: 'a'.repeat(64), size: 1.5 } } },
  { name: 'no checksum', listed: { lfs: null, oid: null } },
  { name: 'a checksum that is a path', listed: { lfs: { oid: '../../etc/passwd', size: 4 } } },
];
for (const { name, listed } of listings) {
  test(`a listing with ${name} is refused`, async (context) => {
    const hub = await startHub(context);
    const weights = hub.add(ID, model).at('main')?.files.get('onnx/model.onnx');
    assert.ok(weights);
    weights.listed = listed;
    const error = await errorOf(clientOf(hub).repository(ID));
    assert.equal(error.code, 'model');
    assert.match(error.message, /onnx\/model\.onnx without a usable size and checksum/);
  });
}

test('a server that is no Hub is told from a Hub', async (context) => {
  const server = createServer((_, response) => response.end('{"hello": "world"}'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => server.close());
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  assert.match((await errorOf(clientOf({ endpoint }).repository(ID))).message, /does not answer like a Hub/);
});

test('a renamed repository is found under its old id, and both ids are kept', async (context) => {
  const hub = await startHub(context);
  hub.add(ID, model);
  hub.rename('tiny', ID);
  const repository = await clientOf(hub).repository('tiny');
  assert.deepEqual([repository.id, repository.askedId, repository.license], [ID, 'tiny', 'mit']);
});

test('the search finds repositories with their licence', async (context) => {
  const hub = await startHub(context);
  hub.add(ID, model, { license: 'apache-2.0' });
  hub.add('lab/other', model, { gated: 'auto' });
  assert.deepEqual(await clientOf(hub).search('tiny'), [
    { id: ID, downloads: 1, gated: false, license: 'apache-2.0' },
  ]);
  assert.equal((await clientOf(hub).search('lab')).length, 2);
  assert.ok(hub.seen.every(({ url }) => url.includes('filter=onnx')));
});

/** The folders of a cache and everything in small files. */
async function textOf(folder: string): Promise<string> {
  const texts: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    texts.push(
      entry.name,
      entry.isFile() ? await readFile(join(entry.parentPath, entry.name), 'latin1') : '',
    );
  }
  return texts.join('\n');
}

const tokenFaults: (Fault | undefined)[] = [
  undefined,
  { kind: 'cut', after: 1_000 },
  { kind: 'status', status: 503 },
  { kind: 'status', status: 403 },
  { kind: 'wrong-bytes' },
  { kind: 'reset' },
];
for (const fault of tokenFaults) {
  const name = fault === undefined ? 'without a fault' : JSON.stringify(fault);
  test(`the token goes to the Hub only and shows up nowhere: ${name}`, async (context) => {
    const hub = await startHub(context);
    hub.add(ID, model, { private: true, token: TOKEN });
    hub.faults = ({ kind, host }) => (kind === 'file' && host === 'storage' ? fault : undefined);
    const cacheDir = await temporaryFolder(context);
    const lines: string[] = [];
    const client = clientOf(hub, { token: TOKEN, log: (line) => lines.push(line) });
    const ended = await fetchFrom(client, cacheDir, { id: ID }).catch((error: unknown) => error as Error);
    const said = ended instanceof Error ? `${ended.message} ${ended.stack}` : ended;
    for (const { host, headers, url } of hub.seen) {
      const carries = JSON.stringify(headers).includes(TOKEN);
      assert.equal(carries, host === 'hub', `${host} ${url}`);
      assert.ok(!url.includes(TOKEN));
    }
    assert.ok(hub.seen.some(({ host }) => host === 'storage'));
    assert.ok(lines.length > 0);
    for (const text of [said, lines.join('\n'), await textOf(cacheDir)]) assert.ok(!text.includes(TOKEN));
    // Addresses of the storage are signed: their queries are as good as tokens.
    assert.ok(!lines.join('\n').includes('Signature'));
  });
}

test('the token does not travel unencrypted, nor in an error when it is malformed', async () => {
  const sent: RequestInit[] = [];
  const fetch = (_: string, init: RequestInit) => {
    sent.push(init);
    return Promise.resolve(new Response('', { status: 404 }));
  };
  const client = new HubClient({
    endpoint: 'http://mirror.example',
    token: TOKEN,
    fetch,
    env: {},
    retry: FAST_RETRY,
  });
  await errorOf(client.repository(ID));
  assert.equal(sent.length, 1);
  assert.ok(!JSON.stringify(sent[0]?.headers).includes(TOKEN));
  assert.throws(
    () => new HubClient({ token: `${TOKEN}\nx`, env: {} }),
    (error: Error) => !error.message.includes(TOKEN),
  );
});

/** Redirects that are not followed. */
const redirects: { name: string; location: string; says: RegExp }[] = [
  { name: 'to an unencrypted address', location: 'http://cdn.example/x', says: /not encrypted/ },
  { name: 'to a file', location: 'file:///etc/passwd', says: /not encrypted/ },
  { name: 'in circles', location: '/api/models/lab/tiny/revision/main', says: /redirects in circles/ },
];
for (const { name, location, says } of redirects) {
  test(`a redirect ${name} is not followed`, async () => {
    const fetch = () => Promise.resolve(new Response(null, { status: 302, headers: { location } }));
    const client = new HubClient({ endpoint: 'https://hub.example', fetch, env: {}, retry: FAST_RETRY });
    assert.match((await errorOf(client.repository(ID))).message, says);
  });
}

for (const [name, options] of [
  ['the setting', { offline: true }],
  ['HF_HUB_OFFLINE', { env: { HF_HUB_OFFLINE: '1' } }],
] as const) {
  test(`offline by ${name}: no socket is opened`, async (context) => {
    const hub = await startHub(context);
    hub.add(ID, model);
    let calls = 0;
    const fetch = () => {
      calls++;
      return Promise.reject(new Error('A socket would have been opened.'));
    };
    const client = clientOf(hub, { ...options, fetch });
    const cacheDir = await temporaryFolder(context);
    assert.match(
      (await errorOf(fetchFrom(client, cacheDir, { id: ID }))).message,
      /not on this machine.*offline/,
    );
    assert.match((await errorOf(client.search('tiny'))).message, /offline/);
    assert.equal(calls, 0);
    assert.equal(hub.seen.length, 0);

    const folder = await fetchFrom(clientOf(hub), cacheDir, { id: ID });
    assert.equal(await fetchFrom(client, cacheDir, { id: ID }), folder);
    assert.equal(calls, 0);
  });
}

interface Proxy {
  url: string;
  asked: string[];
}

/** A proxy that forwards plain requests and opens tunnels. */
async function startProxy(context: TestContext): Promise<Proxy> {
  const asked: string[] = [];
  const forward = (request: IncomingMessage, answer: (from: IncomingMessage) => void) => {
    const headers = { ...request.headers };
    delete headers['proxy-authorization'];
    httpRequest(request.url ?? '', { headers }, answer).end();
  };
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers['proxy-authorization'] ?? ''}`);
    forward(request, (from) => from.pipe(response.writeHead(from.statusCode ?? 500, from.headers)));
  });
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    asked.push(`CONNECT ${request.url}`);
    const [host, port] = (request.url ?? '').split(':');
    const upstream = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    for (const end of [socket, upstream]) end.on('error', () => end.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://user:p%40ss@127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

test('a whole model comes through a proxy of the environment, cut-off connections included', async (context) => {
  const hub = await startHub(context);
  hub.add(ID, model);
  let cuts = 0;
  hub.faults = ({ host }) => (host === 'storage' && cuts++ === 0 ? { kind: 'cut', after: 1_000 } : undefined);
  const proxy = await startProxy(context);
  const client = clientOf(hub, { env: { HTTP_PROXY: proxy.url } });
  await assertWhole(await fetchFrom(client, await temporaryFolder(context), { id: ID }), model);
  assert.equal(proxy.asked.length, hub.seen.length);
  const credentials = Buffer.from('user:p@ss').toString('base64');
  assert.ok(proxy.asked.every((line) => line.endsWith(`Basic ${credentials}`)));
});

test('an https address is asked for through a tunnel', async (context) => {
  const proxy = await startProxy(context);
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
  context.after(() => closed.close());
  const { port } = closed.address() as AddressInfo;
  const client = new HubClient({
    endpoint: `https://127.0.0.1:${port}`,
    env: { https_proxy: proxy.url },
    retry: { ...FAST_RETRY, tries: 1 },
  });
  assert.match((await errorOf(client.repository(ID))).message, /broke/);
  assert.deepEqual(proxy.asked, [`CONNECT 127.0.0.1:${port}`]);
});

test('NO_PROXY leaves hosts, domains and ports out', async (context) => {
  const hub = await startHub(context);
  hub.add(ID, model);
  const proxy = await startProxy(context);
  const { port } = new URL(hub.endpoint);
  const cases: [string, boolean][] = [
    ['127.0.0.1', false],
    [`127.0.0.1:${port}`, false],
    ['*', false],
    ['example.com, .0.0.1', false],
    ['127.0.0.1:1', true],
    ['27.0.0.1', true],
  ];
  for (const [bypass, isProxied] of cases) {
    proxy.asked.length = 0;
    await clientOf(hub, { env: { HTTP_PROXY: proxy.url, NO_PROXY: bypass } }).search('tiny');
    assert.equal(proxy.asked.length, isProxied ? 1 : 0, bypass);
  }
  assert.equal(proxyFetch({}), undefined);
});
