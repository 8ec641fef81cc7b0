import * as l10n from '@vscode/l10n';

/** What decides whether there is a build of ONNX Runtime for a machine. */
export interface Machine {
  platform: string;
  arch: string;
  /** Linux only: the C library is musl, as on Alpine. */
  musl: boolean;
}

/** The platforms that onnxruntime-node has native files for, as packages of this extension are called. */
const BUILDS = ['linux-x64', 'linux-arm64', 'darwin-arm64', 'win32-x64', 'win32-arm64'];

const ELSEWHERE = l10n.t('Model anatomy and kept results work without it.');

/**
 * Why ONNX Runtime does not load, and what to do about it.
 * @param missing Its native file is not there, rather than refused by the system.
 */
export function whyNotLoaded({ platform, arch, musl }: Machine, missing: boolean): string {
  const name = `${platform}-${arch}`;
  if (name === 'darwin-x64')
    return l10n.t`ONNX Runtime has no build for Intel Macs. Open the folder in a dev container or over Remote-SSH on 64-bit Linux: models run where the folder is. ${ELSEWHERE}`;
  if (musl)
    return l10n.t`ONNX Runtime needs glibc, and this Linux has musl. Use a system or a container image with glibc 2.28 or later, such as Debian or Ubuntu. ${ELSEWHERE}`;
  if (!BUILDS.includes(name))
    return l10n.t`ONNX Runtime has no build for this machine (${name}), only for ${BUILDS.join(', ')}. ${ELSEWHERE}`;
  if (missing)
    return l10n.t`This package of Transformer Probe is for another machine: it has no ONNX Runtime for ${name}. Install the package for ${name}.`;
  return l10n.t`ONNX Runtime does not load on this machine (${name}). ${NEEDS[platform] ?? ''}`.trimEnd();
}

/** What a supported platform may lack. */
const NEEDS: Record<string, string> = {
  linux: l10n.t('It needs glibc 2.28 or later and libstdc++.'),
  win32: l10n.t('It needs the Microsoft Visual C++ Redistributable: install its latest version.'),
};

/** This machine. */
export function thisMachine(): Machine {
  const { platform, arch } = process;
  return { platform, arch, musl: platform === 'linux' && !hasGlibc() };
}

function hasGlibc(): boolean {
  const { header } = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return header?.glibcVersionRuntime !== undefined;
}
