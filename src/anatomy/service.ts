import * as l10n from '@vscode/l10n';
import { createHash } from 'node:crypto';
import type { GraphNode, OperatorGraph } from '../shared/anatomyProtocol';
import { ProbeError } from '../shared/errors';
import type { RequestHandlers } from '../shared/rpc';
import { blockDiagram } from './blocks';
import { findInCatalogue } from './catalogue';
import { diffStructure, parametersByKind, sizesByPrecision } from './compare';
import { exportAnatomy, findComponent } from './export';
import type { ModelFiles } from './files';
import { configModel } from './fromConfig/anatomy';
import { openModel, openPath } from './open';
import { graphOf, modulesOf, operatorGraph, operatorsBetween } from './operators';
import type { OpenedModel } from './raw';
import { tensorSlice, tensorStats } from './tensorStats';
import { diffWeights } from './weightDiff';
import type { AnatomyMethods, ModelPlace } from './wire';

const MAX_NODES = 1000;

/** Files that the other side of the wire reads. */
export type Served = (files: number, name: string, signal: AbortSignal) => ModelFiles;

interface Kept {
  model: OpenedModel;
  /** How often it was opened. */
  count: number;
}

/** Opened models by their keys, and everything that is asked of them. */
export class AnatomyService {
  private readonly models = new Map<string, Kept>();

  constructor(private readonly served: Served) {}

  readonly handlers: RequestHandlers<AnatomyMethods> = {
    open: ({ id, place }, signal) => this.open(id, place, signal),
    tensors: ({ key, from, to }) => this.model(key).anatomy.tensors.slice(from, to),
    close: ({ key }) => this.close(key),
    operators: ({ key, component, layer }) => operatorsOf(this.model(key), component, layer),
    text: ({ key, component, format }) => exportAnatomy(this.model(key).anatomy, component, format),
    nodes: ({ key, graph, from, to }) => nodesOf(this.model(key), graph, from, to),
    statistics: ({ key, tensor }, signal, report) =>
      tensorStats(this.model(key).raw, tensor, { signal, onProgress: hundredths(report) }),
    slice: ({ key, tensor, side, window }, signal, report) =>
      tensorSlice(this.model(key).raw, tensor, side, { ...window, signal, onProgress: hundredths(report) }),
    structure: ({ key, other }) => diffStructure(this.model(key).anatomy, this.model(other).anatomy),
    weights: ({ key, other }, signal, report) =>
      diffWeights(this.model(key), this.model(other), { signal, onProgress: hundredths(report) }),
  };

  private async open(id: string, place: ModelPlace, signal: AbortSignal): Promise<AnatomyMethods['open'][1]> {
    const model = await this.openPlace(place, signal);
    if (signal.aborted) {
      await model.close();
      throw new ProbeError('cancelled', l10n.t('Cancelled.'));
    }
    const key = keyOf(id, model);
    const known = this.models.get(key);
    this.models.set(key, { model, count: (known?.count ?? 0) + 1 });
    await known?.model.close();
    const { anatomy } = model;
    return {
      ...{ key, tensors: anatomy.tensors.length, anatomy: { ...anatomy, tensors: [] } },
      ...{ diagram: blockDiagram(anatomy), kinds: parametersByKind(anatomy) },
      sizes: sizesByPrecision(anatomy),
      hasWeights: anatomy.format !== 'config',
    };
  }

  private openPlace(place: ModelPlace, signal: AbortSignal): Promise<OpenedModel> {
    switch (place.kind) {
      case 'local':
        return openPath(place.directory, place.path, signal);
      case 'served':
        return openModel(this.served(place.files, place.name, signal), place.path, signal);
      case 'catalogue': {
        const entry = findInCatalogue(place.id);
        if (!entry) throw new ProbeError('model', l10n.t`The catalogue has no model "${place.id}".`);
        return configModel(entry.id, entry.config);
      }
    }
  }

  private async close(key: string): Promise<null> {
    const kept = this.models.get(key);
    if (kept && --kept.count === 0) {
      this.models.delete(key);
      await kept.model.close();
    }
    return null;
  }

  private model(key: string): OpenedModel {
    const kept = this.models.get(key);
    if (!kept) throw new ProbeError('usage', l10n.t('The model is no longer open. Open it again.'));
    return kept.model;
  }
}

/** Reports how far something is, at most a hundred times. */
function hundredths(report: ((progress: unknown) => void) | undefined): (done: number) => void {
  let last = 0;
  return (done) => {
    if (done - last < 0.01) return;
    last = done;
    report?.(done);
  };
}

/** The same for the same files: a hash of their place, sizes and times. */
function keyOf(id: string, { raw }: OpenedModel): string {
  const files = raw.files.map(({ name, size }, i) => [name, size, raw.sources[i]?.stamp ?? null]);
  return createHash('sha256')
    .update(JSON.stringify([id, files]))
    .digest('hex')
    .slice(0, 32);
}

function operatorsOf({ anatomy, raw }: OpenedModel, id: string, layer: number | null): OperatorGraph {
  const component = findComponent(anatomy.components, id);
  if (!component) throw new ProbeError('usage', l10n.t('The model has no such component.'));
  const modules = modulesOf(anatomy, component, layer);
  for (const [graph, model] of (raw.models ?? []).entries()) {
    const found = operatorGraph(model.graph, modules);
    if (found.total > 0) return { ...found, graph };
  }
  const graph = graphOf(anatomy, component);
  const model = raw.models?.[graph];
  if (!model) return { diagram: { nodes: [], edges: [] }, graph: 0, total: 0 };
  return { ...operatorsBetween(model.graph, anatomy, component, layer), graph };
}

function nodesOf({ raw }: OpenedModel, graph: number, from: number, to: number): GraphNode[] {
  const nodes = raw.models?.[graph]?.graph.nodes;
  if (!nodes) throw new ProbeError('usage', l10n.t`The model has no graph ${graph}.`);
  const part = nodes.slice(from, Math.min(to, from + MAX_NODES));
  return part.map(({ index, name, domain, opType, inputs, outputs }) => {
    return { index, name, domain, operator: opType, inputs, outputs };
  });
}
