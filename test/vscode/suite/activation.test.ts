import assert from 'node:assert/strict';
import { Module } from 'node:module';
import * as vscode from 'vscode';
import { extension, probe } from './support';

interface CachingModule {
  _cache: Record<string, unknown>;
}

describe('activation', () => {
  it('starts no process and loads no native code', async () => {
    const { inference } = await probe();
    assert.equal(extension().isActive, true);
    assert.equal(inference.pid, undefined);
    const loaded = Object.keys((Module as unknown as CachingModule)._cache);
    const own = loaded.filter((file) => file.startsWith(extension().extensionPath));
    assert.ok(own.some((file) => file.endsWith('extension.js')));
    assert.ok(!own.some((file) => file.endsWith('probes.js')), 'no probe was asked for');
    assert.ok(!own.some((file) => file.endsWith('anatomyExplorer.js')), 'no anatomy was asked for');
    assert.deepEqual(
      own.filter((file) => file.endsWith('.node') || file.includes('onnxruntime')),
      [],
    );
  });

  it('registers every declared command, and declares every one that it registers', async () => {
    await probe();
    const { contributes } = extension().packageJSON as { contributes: { commands: { command: string }[] } };
    const declared = contributes.commands.map(({ command }) => command);
    const registered = (await vscode.commands.getCommands(true)).filter((id) =>
      id.startsWith('transformerProbe.'),
    );
    // VS Code adds commands of its own for views: `<view>.focus` and the like.
    assert.deepEqual(registered.filter((id) => id.split('.').length === 2).sort(), declared.sort());
  });
});
