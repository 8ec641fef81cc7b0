import { resolve } from 'node:path';
import * as vscode from 'vscode';
import type { Anatomy } from '../shared/anatomy';
import { ProbeError } from '../shared/errors';
import type { Inference } from '../shared/inference';
import { settings } from './settings';
import { signalOf } from './signal';
import { checkedInput } from './toolInput';

/** What the tools need of the rest of the extension. */
export interface ToolNeeds {
  inference: Inference;
  /** A model on this machine or of the catalogue; undefined where there is none of that name. */
  readAnatomy(reference: string, signal: AbortSignal): Promise<Anatomy | undefined>;
}

/** A tool's input: `model` is one that an agent has named. */
type Input = Record<string, unknown>;
type Answer = (input: Input, signal: AbortSignal) => Promise<unknown>;

/**
 * The tools for chat agents. They compute on this machine, change nothing, and answer in JSON: what they say is read by
 * models, in one language.
 */
export function registerTools({ inference, readAnatomy }: ToolNeeds): vscode.Disposable {
  const text: Answer = async (input, signal) => {
    const asked = checkedInput(input, TEXT);
    const { digestText } = await import('../probes/digest/text');
    return digestText(inference, { ...asked, text: asked.text as string, model: modelOf(input) }, signal);
  };
  const anatomy: Answer = async (input, signal) => {
    const { component } = checkedInput(input, ANATOMY);
    const found = await readAnatomy(modelOf(input), signal);
    if (!found) throw (await import('../anatomy/find')).noSuchModel();
    const { digestAnatomy } = await import('../probes/digest/anatomy');
    return digestAnatomy(found, component);
  };
  return vscode.Disposable.from(
    vscode.lm.registerTool('transformerProbe_analyzeText', tool(text, readingText)),
    vscode.lm.registerTool('transformerProbe_describeModel', tool(anatomy, readingModel)),
  );
}

const MODEL = { kind: 'text', most: 1000 } as const;
const TEXT = {
  text: { kind: 'text', most: 20_000, required: true },
  target: { kind: 'text', most: 20_000 },
  layer: { kind: 'count' },
  head: { kind: 'count' },
  model: MODEL,
} as const;
const ANATOMY = { model: MODEL, component: { kind: 'text', most: 200 } } as const;

const readingText = (model: string) => vscode.l10n.t('Analyzing the text with {0}', model);
const readingModel = (model: string) => vscode.l10n.t('Reading what {0} is made of', model);

function tool(answer: Answer, describe: (model: string) => string): vscode.LanguageModelTool<Input> {
  return {
    prepareInvocation: ({ input }) => prepared(input, describe),
    invoke: async ({ input }, token) => {
      const signal = signalOf(token);
      try {
        const result = await answer(input, signal);
        const part = new vscode.LanguageModelTextPart(JSON.stringify(result));
        return new vscode.LanguageModelToolResult([part]);
      } catch (error) {
        throw signal.aborted ? new vscode.CancellationError() : error;
      }
    },
  };
}

/** Nothing is changed or sent, so that only opening a file which an agent has chosen is asked for. */
function prepared(input: Input, describe: (model: string) => string): vscode.PreparedToolInvocation {
  const named = typeof input.model === 'string' ? input.model.trim() : '';
  const invocationMessage = describe(named || settings.model());
  if (!isPath(named)) return { invocationMessage };
  const title = vscode.l10n.t('Open a model file?');
  const message = vscode.l10n.t(
    'The agent wants to read the model {0}. Nothing is changed or sent.',
    `\`${named.replaceAll('`', '')}\``,
  );
  return { invocationMessage, confirmationMessages: { title, message } };
}

/**
 * The model that the agent has named, or else the user's. Names are of bundled and downloaded models and of the
 * catalogue; paths have to lie in the workspace, because a prompt may have put them there.
 */
function modelOf(input: Input): string {
  const { model = '' } = checkedInput(input, { model: MODEL });
  const named = model.trim();
  if (named === '') return settings.model();
  if (!isPath(named)) return named;
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  const file = resolve(folder?.uri.fsPath ?? '', named);
  if (vscode.workspace.isTrusted && vscode.workspace.getWorkspaceFolder(vscode.Uri.file(file))) return file;
  throw new ProbeError(
    'usage',
    'Only models of the workspace can be named by a path. Name a bundled or downloaded model, or leave it out.',
  );
}

/** Anything but a name such as `pocket-bert` or `Xenova/distilgpt2`. */
function isPath(name: string): boolean {
  return name !== '' && !/^\w[\w.-]*(\/\w[\w.-]*)?$/.test(name);
}
