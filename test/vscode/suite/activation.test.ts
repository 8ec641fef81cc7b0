import assert from 'node:assert/strict';
import * as vscode from 'vscode';

const EXTENSION_ID = 'transformer-probe.transformer-probe';

describe('activation', () => {
  it('activates', async () => {
    const extension = vscode.extensions.getExtension(EXTENSION_ID);
    assert.ok(extension, `${EXTENSION_ID} is not installed`);
    await extension.activate();
    assert.equal(extension.isActive, true);
  });
});
