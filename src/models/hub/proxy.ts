import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { connect as tlsConnect } from 'node:tls';
import type { Fetch } from './http';

/*
 * Proxies of the environment for the command line. Node's fetch knows HTTPS_PROXY only from version 24 on and only with
 * NODE_USE_ENV_PROXY=1; in VS Code the extension host's fetch follows the editor's proxy settings, so that this file is
 * used outside it only. https goes through a CONNECT tunnel, http is asked of the proxy itself.
 */

type Environment = Readonly<Record<string, string | undefined>>;

interface Proxies {
  http?: URL;
  https?: URL;
  bypass: string[];
}

/** A fetch that honours HTTPS_PROXY, HTTP_PROXY and NO_PROXY, or undefined where neither proxy is set. */
export function proxyFetch(env: Environment): Fetch | undefined {
  const proxies: Proxies = {
    http: proxyUrl(env['http_proxy'] || env['HTTP_PROXY']),
    https: proxyUrl(env['https_proxy'] || env['HTTPS_PROXY']),
    bypass: (env['no_proxy'] || env['NO_PROXY'] || '')
      .toLowerCase()
      .split(/[\s,]+/)
      .filter(Boolean),
  };
  if (!proxies.http && !proxies.https) return undefined;
  return async (address, init) => {
    const url = new URL(address);
    const proxy = proxyFor(url, proxies);
    return proxy ? fetchThrough(proxy, url, init) : fetch(address, init);
  };
}

function proxyUrl(text: string | undefined): URL | undefined {
  if (!text) return undefined;
  const full = text.includes('://') ? text : `http://${text}`;
  return URL.canParse(full) ? new URL(full) : undefined;
}

/** The proxy for an address; undefined where NO_PROXY lists its host, a domain above it, or `*`. */
function proxyFor(url: URL, { http, https, bypass }: Proxies): URL | undefined {
  const host = url.hostname.toLowerCase();
  const isBypassed = bypass.some((entry) => {
    const [name = '', port] = entry.replace(/^\*?\./, '').split(':');
    if (port !== undefined && port !== portOf(url)) return false;
    return entry === '*' || host === name || host.endsWith(`.${name}`);
  });
  if (isBypassed) return undefined;
  return url.protocol === 'https:' ? https : http;
}

async function fetchThrough(proxy: URL, url: URL, init: RequestInit): Promise<Response> {
  const signal = init.signal ?? undefined;
  const headers = Object.fromEntries(new Headers(init.headers));
  const message =
    url.protocol === 'https:'
      ? await overTunnel(proxy, url, { headers, signal })
      : await send(proxy, {
          path: url.href,
          headers: { ...headers, host: url.host, ...credentials(proxy) },
          signal,
        });
  return asResponse(message);
}

async function overTunnel(proxy: URL, url: URL, options: RequestOptions): Promise<IncomingMessage> {
  const socket = await openTunnel(proxy, url, options.signal);
  const secured = tlsConnect({ socket, servername: url.hostname, ALPNProtocols: ['http/1.1'] });
  return new Promise((resolve, reject) => {
    secured.once('error', reject);
    httpsRequest(url, { ...options, agent: false, createConnection: () => secured })
      .once('response', resolve)
      .once('error', reject)
      .end();
  });
}

function openTunnel(proxy: URL, url: URL, signal: AbortSignal | undefined): Promise<Socket> {
  const target = `${url.hostname}:${portOf(url)}`;
  return new Promise((resolve, reject) => {
    const options = {
      method: 'CONNECT',
      path: target,
      headers: { host: target, ...credentials(proxy) },
      signal,
      agent: false,
    };
    start(proxy, options)
      .once('connect', (answer: IncomingMessage, socket: Socket) => {
        if (answer.statusCode === 200) return resolve(socket);
        socket.destroy();
        reject(Object.assign(new Error('The proxy refused.'), { code: `PROXY_${answer.statusCode}` }));
      })
      .once('error', reject)
      .end();
  });
}

function send(proxy: URL, options: RequestOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    start(proxy, { ...options, agent: false })
      .once('response', resolve)
      .once('error', reject)
      .end();
  });
}

function start(proxy: URL, options: RequestOptions) {
  const request = proxy.protocol === 'https:' ? httpsRequest : httpRequest;
  return request({ hostname: proxy.hostname, port: portOf(proxy), ...options });
}

function credentials({ username, password }: URL): Record<string, string> {
  if (!username) return {};
  const text = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(text).toString('base64')}` };
}

function portOf(url: URL): string {
  return url.port || (url.protocol === 'https:' ? '443' : '80');
}

function asResponse(message: IncomingMessage): Response {
  const status = message.statusCode ?? 502;
  const headers = new Headers();
  for (const [name, value] of Object.entries(message.headers)) {
    for (const each of [value ?? []].flat()) headers.append(name, each);
  }
  const body = [204, 205, 304].includes(status) ? null : (Readable.toWeb(message) as ReadableStream);
  return new Response(body, { status, headers });
}
