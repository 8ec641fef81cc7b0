import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { targets } from '../../scripts/lib/targets.mjs';
import { thisMachine, whyNotLoaded } from '../../src/inference/platform';

const said = (platform: string, arch: string, { musl = false, missing = false } = {}) =>
  whyNotLoaded({ platform, arch, musl }, missing);

describe('a machine that ONNX Runtime does not load on', () => {
  it('is told where to work instead, on an Intel Mac', () => {
    assert.match(said('darwin', 'x64', { missing: true }), /no build for Intel Macs.*dev container.*anatomy/);
  });

  it('is told about glibc, on Alpine', () => {
    assert.match(said('linux', 'x64', { musl: true }), /has musl.*Debian or Ubuntu/);
  });

  it('is told which package to install, with the package of another', () => {
    for (const { name } of targets) {
      const [platform = '', arch = ''] = name.split('-');
      assert.match(
        said(platform, arch, { missing: true }),
        new RegExp(`Install the package for ${name}\\.$`),
      );
    }
  });

  it('is told which builds there are, where there is none', () => {
    const text = said('linux', 'arm', { missing: true });
    assert.ok(text.includes(`only for ${targets.map(({ name }) => name).join(', ')}.`), text);
  });

  it('is told what the library needs, where it is there', () => {
    assert.match(said('win32', 'x64'), /Visual C\+\+ Redistributable/);
    assert.match(said('linux', 'arm64'), /glibc 2\.28/);
    assert.match(said('darwin', 'arm64'), /does not load on this machine \(darwin-arm64\)\.$/);
  });

  it('is known by its C library', () => {
    assert.equal(thisMachine().platform, process.platform);
    if (process.platform !== 'linux') assert.equal(thisMachine().musl, false);
  });
});
