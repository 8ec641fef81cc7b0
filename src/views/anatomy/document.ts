import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { compareArchitectures } from '../../anatomy/compare';
import type { AnatomySnapshot, ModelAnatomy } from '../../shared/anatomyProtocol';
import { ProbeError } from '../../shared/errors';
import { titleOf } from './address';
import type { AnatomyModels, ExploredModel } from './models';

/** Models side by side: more are no longer read by people. */
const MOST_OTHERS = 7;

/** What one anatomy editor is about: a model, and those that were put beside it. */
export class AnatomyDocument implements vscode.CustomDocument {
  readonly explored: ExploredModel;
  private readonly others: ExploredModel[] = [];
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly subscriptions = new Map<ExploredModel, vscode.Disposable>();
  readonly onDidChange = this.changed.event;

  constructor(
    readonly uri: vscode.Uri,
    private readonly models: AnatomyModels,
  ) {
    this.explored = this.take(uri);
  }

  dispose(): void {
    for (const model of [this.explored, ...this.others]) this.leave(model);
    this.changed.dispose();
  }

  /** Puts another model beside this one; one that is there already is not added again. */
  add(uri: vscode.Uri): void {
    const known = [this.explored, ...this.others].some((model) => model.uri.toString() === uri.toString());
    if (known || this.others.length === MOST_OTHERS) return;
    this.others.push(this.take(uri));
    this.changed.fire();
  }

  /** Takes away the one with this key. */
  remove(key: string): void {
    const at = this.others.findIndex(({ model }) => model?.key === key);
    const [other] = at < 0 ? [] : this.others.splice(at, 1);
    if (!other) return;
    this.leave(other);
    this.changed.fire();
  }

  /** Stops whatever is being read. One that was to be added and is not there yet is not added. */
  cancel(): void {
    for (const model of [this.explored, ...this.others]) model.cancel();
  }

  /** The document's model by the key that the page names it by. Throws where it was replaced meanwhile. */
  modelOf(key: string): ModelAnatomy {
    const found = [this.explored, ...this.others].find(({ model }) => model?.key === key)?.model;
    if (found) return found;
    throw new ProbeError('usage', l10n.t('The model was read again meanwhile. Try again.'));
  }

  snapshot(): AnatomySnapshot {
    const { model, stale } = this.explored;
    const others = this.others.flatMap((other) => other.model ?? []);
    const reading = [this.explored, ...this.others].find(({ busy }) => busy);
    const failed = [this.explored, ...this.others].find(({ error }) => error !== null);
    return {
      ...{ model, stale, others, error: failed?.error ?? null },
      busy: reading ? { message: vscode.l10n.t('Reading {0}…', titleOf(reading.uri)) } : null,
      comparison:
        model && others.length > 0
          ? compareArchitectures([model.anatomy, ...others.map(({ anatomy }) => anatomy)])
          : [],
    };
  }

  private take(uri: vscode.Uri): ExploredModel {
    const model = this.models.acquire(uri);
    const subscription = model.onDidChange(() => this.follow(model));
    this.subscriptions.set(model, subscription);
    return model;
  }

  /** One that was to be put beside and cannot be read leaves again, after its error was shown. */
  private follow(model: ExploredModel): void {
    this.changed.fire();
    const at = this.others.indexOf(model);
    if (at < 0 || model.busy || model.model || !model.error) return;
    this.others.splice(at, 1);
    if (model.error.code !== 'cancelled') void vscode.window.showErrorMessage(model.error.message);
    this.leave(model);
    this.changed.fire();
  }

  private leave(model: ExploredModel): void {
    this.subscriptions.get(model)?.dispose();
    this.subscriptions.delete(model);
    this.models.release(model);
  }
}
