import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import {
  analyzeSelection,
  closeAllEditors,
  fixtureModel,
  openText,
  probe,
  select,
  until,
  useModel,
} from './support';

const TEXT = 'Zoë said: the quick brown fox 🦊 jumps over the lazy dog.\r\nThen it rests.';

describe('analysis of a selection', () => {
  before(() => useModel(fixtureModel('bert-eager')));
  afterEach(closeAllEditors);

  it('gives every token the place of its characters in the document', async () => {
    const editor = await openText(TEXT, [10, 29]);
    const { tokens, segments } = await analyzeSelection();
    assert.deepEqual(segments, [{ text: 'the quick brown fox', offset: 10 }]);
    const { linkedText } = (await probe()).session;
    const words = tokens.filter(({ special }) => !special);
    assert.ok(words.length >= 4);
    for (const token of words) {
      const range = linkedText?.rangeOf(token);
      assert.equal(editor.document.getText(range), segments[0]?.text.slice(token.start, token.end));
      assert.equal(editor.document.offsetAt((range as vscode.Range).start), 10 + token.start);
    }
    assert.equal(
      words.map(({ start, end }) => segments[0]?.text.slice(start, end)).join(''),
      'thequickbrownfox',
    );
  });

  it('takes several selections as segments, in document order', async () => {
    await openText(TEXT, [14, 19], [0, 3]);
    const { segments, tokens } = await analyzeSelection();
    assert.deepEqual(segments, [
      { text: 'Zoë', offset: 0 },
      { text: 'quick', offset: 14 },
    ]);
    assert.deepEqual(
      [...new Set(tokens.filter(({ special }) => !special).map(({ segment }) => segment))],
      [0, 1],
    );
  });

  it("takes the cursor's line where nothing is selected", async () => {
    const editor = await openText(TEXT);
    editor.selection = new vscode.Selection(1, 4, 1, 4);
    const { segments } = await analyzeSelection();
    assert.equal(segments[0]?.text, 'Then it rests.');
  });

  it('answers with rows of attention that sum to 1', async () => {
    await openText(TEXT);
    const { runId, layers, tokens } = await analyzeSelection();
    const { inference } = await probe();
    assert.ok(layers.length > 0);
    for (const { kind, layer, heads, queries, keys } of layers) {
      assert.deepEqual([queries, keys], [tokens.length, tokens.length]);
      const { weights } = await inference.request('head', { runId, kind, layer, head: heads - 1 });
      for (let query = 0; query < queries; query++) {
        const row = weights.subarray(query * keys, (query + 1) * keys);
        assert.ok(Math.abs(row.reduce((sum, weight) => sum + weight, 0) - 1) < 1e-5);
      }
    }
  });

  it('is no longer busy once it was cancelled, and says so', async () => {
    const { session } = await probe();
    await openText('one two three');
    const running = vscode.commands.executeCommand('transformerProbe.analyzeSelection');
    await until(() => session.busy);
    let told: boolean | undefined;
    const listening = session.onDidChange(() => (told = session.busy));
    session.cancel();
    listening.dispose();
    assert.equal(told, false);
    await running;
  });

  it('shows the newest of two analyses that were started at once', async () => {
    const editor = await openText(TEXT, [0, 8]);
    const first = vscode.commands.executeCommand('transformerProbe.analyzeSelection');
    select(editor, [14, 25]);
    await Promise.all([first, analyzeSelection()]);
    const { session } = await probe();
    assert.equal(session.result?.segments[0]?.text, 'quick brown');
    assert.equal(session.snapshot().busy, null);
  });

  it('says what to do where the model is not there, and keeps the result from before', async () => {
    await openText(TEXT, [14, 25]);
    const before = await analyzeSelection();
    await useModel('no-such-model');
    await vscode.commands.executeCommand('transformerProbe.analyzeSelection');
    const { error, result } = (await probe()).session.snapshot();
    await useModel(fixtureModel('bert-eager'));
    assert.equal(error?.code, 'model');
    assert.match(error.message, /no-such-model/);
    assert.equal(result?.runId, before.runId);
  });

  it('reads encoder-decoders: three kinds of attention, and a target that the model wrote', async () => {
    await useModel(fixtureModel('t5-eager'));
    await openText('translate: the lazy dog');
    const { layers, target } = await analyzeSelection();
    await useModel(fixtureModel('bert-eager'));
    assert.deepEqual([...new Set(layers.map(({ kind }) => kind))].sort(), ['cross', 'decoder', 'encoder']);
    assert.equal(target?.source, 'generated');
  });
});
