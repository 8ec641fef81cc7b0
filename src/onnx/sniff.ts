import * as l10n from '@vscode/l10n';

/** What a file is, if its first bytes say that it is not an ONNX model; a reason to put behind its name. Null: it may be. */
export function notOnnx(head: Uint8Array): string | null {
  if (head.length === 0) return l10n.t('the file is empty; download it again');
  const text = Buffer.from(head).toString('latin1');
  const found = KINDS.find(([matches]) => matches(text));
  return found ? found[1] : null;
}

const KINDS: [(text: string) => boolean, string][] = [
  [
    (text) => text.startsWith('version https://git-lfs'),
    l10n.t('this is a Git LFS pointer, not the model itself; run "git lfs pull" in its folder'),
  ],
  [
    (text) => /^\s*(<!doctype|<html|<\?xml)/i.test(text),
    l10n.t('this is a web page, not a model; download the file itself'),
  ],
  [(text) => text.startsWith('GGUF'), l10n.t('this is a GGUF file; an ONNX export of the model is needed')],
  [
    (text) => /^.{6}\0\0\{/s.test(text),
    l10n.t('this is a safetensors file; an ONNX export of the model is needed'),
  ],
  [(text) => /^\s*[{[]/.test(text), l10n.t('this is a JSON file, not a model')],
  [
    (text) => text.startsWith('PK\x03\x04'),
    l10n.t('this is a ZIP or PyTorch file; an ONNX export is needed'),
  ],
  [
    (text) => text.startsWith('\x80') && text.charCodeAt(1) <= 5,
    l10n.t('this is a Python pickle; an ONNX export is needed'),
  ],
  [(text) => text.startsWith('ORTM', 4), l10n.t('this is in the ORT format; the .onnx file is needed')],
];
