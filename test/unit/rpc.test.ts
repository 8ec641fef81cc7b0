import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ProbeError } from '../../src/shared/errors';
import type { Envelope } from '../../src/shared/protocol';
import type { EventHandlers, RequestHandlers } from '../../src/shared/rpc';
import { Rpc } from '../../src/shared/rpc';

interface Service {
  double: [number, number];
  fail: [null, never];
  hang: [null, string];
  count: [number, string];
}
interface News {
  told: string;
}

/** Two ends joined by a wire that clones messages, as a real one does, and delivers them later. */
function wire(requests: RequestHandlers<Service>, events: EventHandlers<News> = { told: () => undefined }) {
  const sent: Envelope[] = [];
  const client = new Rpc<Service, News>(
    (message) => {
      sent.push(message);
      queueMicrotask(() => server.receive(structuredClone(message)));
    },
    {},
    {},
  );
  const server = new Rpc<Record<never, never>, Record<never, never>, Service, News>(
    (message) => queueMicrotask(() => client.receive(structuredClone(message))),
    requests,
    events,
  );
  return { client, server, sent };
}

const never = () => new Promise<never>(() => undefined);
const service: RequestHandlers<Service> = {
  double: (value) => 2 * value,
  fail: () => {
    throw new ProbeError('input', 'Too long.', { reason: 'too-long', tokens: 9, limit: 4, windows: 4 });
  },
  hang: never,
  count: async (to, _signal, report) => {
    for (let step = 1; step <= to; step++) report?.({ step });
    return 'done';
  },
};

describe('Rpc', () => {
  test('answers carry results, and errors with their code and detail', async () => {
    const { client } = wire(service);
    assert.equal(await client.request('double', 21), 42);
    await assert.rejects(client.request('fail', null), (error: ProbeError) => {
      assert.equal(error.code, 'input');
      assert.equal(error.message, 'Too long.');
      assert.deepEqual(error.detail, { reason: 'too-long', tokens: 9, limit: 4, windows: 4 });
      return true;
    });
  });

  test('what is reported arrives in order, before the answer, and at the request it belongs to', async () => {
    const { client } = wire(service);
    const seen: unknown[][] = [[], []];
    const count = (to: number, into: unknown[]) =>
      client.request('count', to, undefined, (progress) => into.push(progress)).then((end) => into.push(end));
    await Promise.all([count(3, seen[0] as unknown[]), count(1, seen[1] as unknown[])]);
    assert.deepEqual(seen, [
      [{ step: 1 }, { step: 2 }, { step: 3 }, 'done'],
      [{ step: 1 }, 'done'],
    ]);
    assert.equal(await client.request('count', 2), 'done', 'and nobody has to listen');
  });

  test('several requests in flight keep their answers apart', async () => {
    const { client } = wire(service);
    const answers = await Promise.all([1, 2, 3, 4].map((value) => client.request('double', value)));
    assert.deepEqual(answers, [2, 4, 6, 8]);
  });

  test('aborting rejects at once and aborts the other side', async () => {
    const aborted = new Promise<boolean>((resolve) => {
      const { client } = wire({
        ...service,
        hang: (_params, signal) => {
          signal.addEventListener('abort', () => resolve(true));
          return never();
        },
      });
      const controller = new AbortController();
      const answer = client.request('hang', null, controller.signal);
      queueMicrotask(() => queueMicrotask(() => controller.abort()));
      assert.rejects(answer, { code: 'cancelled' }).catch(() => resolve(false));
    });
    assert.equal(await aborted, true);
  });

  test('a signal that is aborted already sends nothing', async () => {
    const { client, sent } = wire(service);
    await assert.rejects(client.request('double', 1, AbortSignal.abort()), { code: 'cancelled' });
    assert.equal(sent.length, 0);
  });

  test('disposing rejects everything that waits', async () => {
    const { client } = wire(service);
    const answers = [client.request('hang', null), client.request('hang', null)];
    client.dispose(new ProbeError('runtime', 'Gone.'));
    for (const answer of answers) await assert.rejects(answer, { code: 'runtime', message: 'Gone.' });
  });

  test('events arrive; unknown names and malformed messages do no harm', async () => {
    const heard: string[] = [];
    const { client, server } = wire(service, { told: (news) => heard.push(news) });
    client.send('told', 'hello');
    for (const junk of [
      null,
      7,
      'x',
      {},
      { type: 'what' },
      { type: 'ok', id: 99 },
      { type: 'event', name: 'toString' },
    ]) {
      server.receive(junk);
    }
    await new Promise(setImmediate);
    assert.deepEqual(heard, ['hello']);
  });

  test('a method that nobody answers is an error, inherited names included', async () => {
    const { client } = wire(service);
    await assert.rejects(client.request('constructor' as 'double', 1), { code: 'usage' });
  });
});
