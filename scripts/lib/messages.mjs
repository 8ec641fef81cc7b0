import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { root } from './paths.mjs';

/** Where the messages of the sources are written for translators. */
export const BUNDLE = path.join(root, 'l10n', 'bundle.l10n.json');

/** The command line speaks English: what only it says is not translated. */
const SILENT = path.join('src', 'cli') + path.sep;

/**
 * Every message of the sources, as VS Code's bundles have it: English -> English, sorted.
 * @returns {Record<string, string>} Throws where a message is not a literal, so that nobody could translate it.
 */
export function collectMessages() {
  const files = ['src', 'webview'].flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => path.join(folder, name)),
  );
  const messages = files.filter((file) => !file.startsWith(SILENT)).flatMap(messagesOf);
  return Object.fromEntries([...new Set(messages)].sort().map((message) => [message, message]));
}

/** @param {string} file */
function messagesOf(file) {
  const text = readFileSync(path.join(root, file), 'utf8');
  if (!text.includes('l10n.t')) return [];
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  /** @type {string[]} */
  const found = [];
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isCallExpression(node) && isTranslation(node.expression)) found.push(ofCall(node, source));
    if (ts.isTaggedTemplateExpression(node) && isTranslation(node.tag)) found.push(ofTemplate(node.template));
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** `l10n.t` or `vscode.l10n.t`. @param {ts.Expression} callee */
function isTranslation(callee) {
  if (!ts.isPropertyAccessExpression(callee) || callee.name.text !== 't') return false;
  const { expression: owner } = callee;
  return (ts.isPropertyAccessExpression(owner) ? owner.name : owner).getText() === 'l10n';
}

/**
 * @param {ts.CallExpression} call
 * @param {ts.SourceFile} source
 */
function ofCall(call, source) {
  const [message] = call.arguments;
  if (message && ts.isStringLiteralLike(message)) return message.text;
  const { line } = source.getLineAndCharacterOfPosition(call.getStart());
  throw new Error(`${source.fileName}:${line + 1}: a message has to be a literal.`);
}

/** Its expressions become `{0}`, `{1}`. @param {ts.TemplateLiteral} template */
function ofTemplate(template) {
  if (ts.isNoSubstitutionTemplateLiteral(template)) return template.text;
  return (
    template.head.text + template.templateSpans.map(({ literal }, i) => `{${i}}${literal.text}`).join('')
  );
}
