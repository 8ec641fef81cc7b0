import type { Target } from '../../scripts/lib/targets.mjs';

/** What a package may hold: everything in it matches one of these. */
const LIST = [
  /^(README|CHANGELOG|SUPPORT)\.md$/,
  /^(LICENSE|NOTICE|ThirdPartyNotices\.txt)$/,
  /^package(\.nls(\.[a-z-]+)?)?\.json$/,
  /^l10n\/bundle\.l10n(\.[a-z-]+)?\.json$/,
  /^dist\/(extension|probes|anatomyExplorer|inference|anatomy|cli|part-[A-Z0-9]{8})\.js$/,
  /^dist\/webview\/(attention|probe|anatomy)\.(js|css)$/,
  /^dist\/node_modules\/onnxruntime-(node|common)\/package\.json$/,
  /^dist\/node_modules\/onnxruntime-node\/dist\/\w+\.js$/,
  /^dist\/node_modules\/onnxruntime-node\/bin\/napi-v6\/(linux|darwin|win32)\/(x64|arm64)\/[\w.]+$/,
  /^dist\/node_modules\/onnxruntime-common\/dist\/cjs\/([\w-]+\.js|package\.json)$/,
  /^media\/[\w-]+\.svg$/,
  /^media\/icon\.png$/,
  /^media\/sample\/sentences\.md$/,
  /^media\/walkthrough\/[\w-]+\.svg$/,
  /^media\/training\/(README\.md|\w+\.tsv)$/,
  /^models\/manifest\.json$/,
  /^models\/pocket-\w+\/(README\.md|\w+\.json)$/,
  /^models\/pocket-\w+\/onnx\/\w+\.onnx$/,
];

export function allowed(file: string): boolean {
  return LIST.some((pattern) => pattern.test(file));
}

/** The native files, exactly: by the library that each platform's binding asks the system for. */
export function runtimeFiles({ bin }: Target): string[] {
  const libraries: Record<string, string> = {
    linux: 'libonnxruntime.so.1',
    darwin: 'libonnxruntime.1.dylib',
    win32: 'onnxruntime.dll',
  };
  const library = libraries[bin.split('/')[0] as string] as string;
  const folder = `dist/node_modules/onnxruntime-node/bin/napi-v6/${bin}`;
  return [`${folder}/${library}`, `${folder}/onnxruntime_binding.node`].sort();
}
