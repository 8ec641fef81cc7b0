import { ANATOMY_PROTOCOL_VERSION } from '../../../src/shared/anatomyProtocol';
import type { AnatomyPanelState, AnatomySnapshot, ModelAnatomy } from '../../../src/shared/anatomyProtocol';
import { firstExpanded } from './diagram/fold';
import { indexOf } from './view';

export const INITIAL_STATE: AnatomyPanelState = {
  version: ANATOMY_PROTOCOL_VERSION,
  key: null,
  tab: 'diagram',
  selected: null,
  expanded: [],
  tensor: null,
  filter: '',
};

/**
 * The state for a model: as it was if it is the same model (what the model does not have is left out), else the first
 * look at another one.
 */
export function fitState(state: AnatomyPanelState, model: ModelAnatomy): AnatomyPanelState {
  const { boxes, components } = indexOf(model);
  if (state.key !== model.key) {
    const tab = state.tab === 'graph' && model.anatomy.graphs.length === 0 ? 'diagram' : state.tab;
    return { ...INITIAL_STATE, key: model.key, tab, expanded: firstExpanded(model.diagram) };
  }
  const isKnown = (id: string) => boxes.has(id) || components.has(id);
  return {
    ...state,
    expanded: state.expanded.filter((id) => isKnown(id.replace(/#operators$/, ''))),
    selected: state.selected !== null && isKnown(state.selected) ? state.selected : null,
    tensor: state.tensor !== null && state.tensor < model.anatomy.tensors.length ? state.tensor : null,
  };
}

/** True for a message body with the shape of a snapshot, as far as the panel would otherwise break on it. */
export function isSnapshot(body: unknown): body is AnatomySnapshot {
  if (typeof body !== 'object' || body === null) return false;
  const { model, others, comparison } = body as AnatomySnapshot;
  return Array.isArray(others) && Array.isArray(comparison) && [model, ...others].every(isModelOrNull);
}

function isModelOrNull(model: ModelAnatomy | null): boolean {
  if (model === null) return true;
  if (typeof model !== 'object' || typeof model.key !== 'string') return false;
  const { anatomy, diagram } = model;
  return (
    [diagram?.nodes, diagram?.edges].every(Array.isArray) &&
    [anatomy?.tensors, anatomy?.components, anatomy?.files, anatomy?.graphs].every(Array.isArray)
  );
}
