import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { AnatomyDigest } from '../../../src/probes/digest/anatomy';
import type { TextDigest } from '../../../src/probes/digest/text';
import { analyzeSelection, closeAllEditors, extension, openText, probe, useModel } from './support';

const ANALYZE = 'transformerProbe_analyzeText';
const DESCRIBE = 'transformerProbe_describeModel';
const TEXT = 'The keys to the cabinet were on the table.';

async function invoke<T>(name: string, input: object, token?: vscode.CancellationToken): Promise<T> {
  const { content } = await vscode.lm.invokeTool(name, { input, toolInvocationToken: undefined }, token);
  assert.equal(content.length, 1);
  const [part] = content;
  assert.ok(part instanceof vscode.LanguageModelTextPart);
  assert.ok(part.value.length < 40_000, `${part.value.length} characters are no compact answer`);
  return JSON.parse(part.value) as T;
}

describe('tools for chat agents', () => {
  before(async () => {
    await probe();
    await useModel('pocket-bert');
  });
  afterEach(closeAllEditors);

  it('are offered with a schema and words for the model', () => {
    for (const name of [ANALYZE, DESCRIBE]) {
      const tool = vscode.lm.tools.find((one) => one.name === name);
      assert.ok(tool?.inputSchema && tool.tags.includes('transformer-probe'), name);
      assert.match(tool.description, /nothing leaves the machine/i);
    }
  });

  it('tell the strongest links with the weights that the analysis has, and leave no run behind', async () => {
    const { inference } = await probe();
    const { attention, tokens, cut, ...rest } = await invoke<TextDigest>(ANALYZE, { text: TEXT });
    assert.equal(rest.model.id, 'pocket-bert');
    assert.match(cut.join(' '), /5 strongest links/);
    await openText(TEXT);
    const run = await analyzeSelection();
    assert.deepEqual(
      tokens,
      run.tokens.map(({ text }) => text),
    );
    assert.equal(attention.length, run.layers.length);
    for (const { kind, layer, strongest } of attention) {
      const [link] = strongest;
      assert.ok(link);
      const address = { runId: run.runId, kind, layer, head: link.head as number };
      const { weights, keys } = await inference.request('head', address);
      const weight = weights[link.query * keys + link.key] as number;
      assert.ok(Math.abs(weight - link.weight) < 1e-4);
      assert.ok(strongest.every((one) => one.weight <= link.weight));
    }
    const { runs } = await inference.request('status', null);
    await invoke(ANALYZE, { text: TEXT });
    assert.deepEqual((await inference.request('status', null)).runs, runs);
  });

  it('tell predictions at a mask, from the left, and of what an encoder-decoder wrote', async () => {
    const masked = await invoke<TextDigest>(ANALYZE, { text: 'The keys were on the [MASK].' });
    const [at] = masked.predictions.at;
    assert.equal(masked.tokens[at?.position ?? 0], '[MASK]');
    const none = await invoke<TextDigest>(ANALYZE, { text: TEXT });
    assert.match(none.predictions.note ?? '', /\[MASK\]/);
    const left = await invoke<TextDigest>(ANALYZE, { text: TEXT, model: 'pocket-gpt2' });
    assert.deepEqual(
      left.predictions.at.map(({ token }) => token ?? null),
      [...left.tokens.slice(1), null],
    );
    const both = await invoke<TextDigest>(ANALYZE, { text: 'The house.', model: 'pocket-t5' });
    assert.equal(both.target?.writtenBy, 'model');
    assert.equal(both.predictions.at.length, both.target?.tokens.length);
    for (const { expected } of [at, ...left.predictions.at, ...both.predictions.at].flatMap(
      (one) => one ?? [],
    )) {
      const chances = expected.map(({ probability }) => probability);
      assert.ok(chances.length === 5 && chances.reduce((sum, chance) => sum + chance, 0) <= 1.001);
      assert.deepEqual(
        chances,
        [...chances].sort((a, b) => b - a),
      );
    }
  });

  it('describe models by name, by path in the workspace, and one component with its tensors', async () => {
    const known = await invoke<AnatomyDigest>(DESCRIBE, { model: 'bert-base-uncased' });
    assert.equal(known.parameters, 109_482_240);
    assert.equal(known.facts.heads, 12);
    const own = await invoke<AnatomyDigest>(DESCRIBE, {});
    assert.equal(own.name, 'pocket-bert');
    const [first] = own.components;
    const part = await invoke<AnatomyDigest>(DESCRIBE, { component: first?.id });
    assert.deepEqual(
      part.components.map(({ id }) => id),
      [first?.id],
    );
    assert.ok((part.tensors ?? []).some(({ shape }) => shape.length === 2));
  });

  it('refuse what makes no sense, and paths outside of the workspace', async () => {
    const outside = `${extension().extensionPath}/models/pocket-bert`;
    const refused: [tool: string, input: object, reason: RegExp][] = [
      [ANALYZE, {}, /"text" has to be a text/],
      [ANALYZE, { text: 'x'.repeat(20_001) }, /1 to 20000 characters/],
      [ANALYZE, { text: TEXT, layer: 99 }, /Layers count from 0 to \d+/],
      [ANALYZE, { text: TEXT, layer: '1' }, /whole number/],
      [ANALYZE, { text: TEXT, head: 1 }, /Name the layer/],
      [ANALYZE, { text: TEXT, model: outside }, /Only models of the workspace/],
      [DESCRIBE, { model: './../../models/pocket-bert' }, /Only models of the workspace/],
      [DESCRIBE, { model: 'no-such-model' }, /no such model/],
      [DESCRIBE, { component: 'nothing' }, /no such component/],
    ];
    for (const [tool, input, reason] of refused) await assert.rejects(invoke(tool, input), reason);
  });

  it('stop when they are cancelled', async () => {
    const source = new vscode.CancellationTokenSource();
    const asked = invoke(ANALYZE, { text: TEXT.repeat(20), model: 'pocket-t5' }, source.token);
    source.cancel();
    await assert.rejects(asked);
    await invoke(ANALYZE, { text: TEXT });
  });
});
