import { allTensors } from '../../anatomy/blocks';
import { findComponent } from '../../anatomy/export';
import type { Anatomy, Component } from '../../shared/anatomy';
import { ProbeError } from '../../shared/errors';

/** A part of a model. `layers`: how many identical ones it stands for. */
interface ComponentDigest {
  id: string;
  label: string;
  parameters: number;
  /** Of the model's parameters, in percent. */
  percent: number;
  layers?: number;
  parts?: ComponentDigest[];
}

/** What a model is made of, small enough for a prompt. */
export interface AnatomyDigest {
  name: string;
  format: string;
  /** What is known of the architecture. */
  facts: Record<string, unknown>;
  parameters: number;
  bytes: number;
  precisions: { dtype: string; parameters: number; bytes: number }[];
  components: ComponentDigest[];
  /** Of the component that was asked for. */
  tensors?: { name: string; shape: number[]; dtype: string; role: string }[];
  problems: string[];
  /** What was left out, as sentences. */
  cut: string[];
}

const MOST_COMPONENTS = 60;
const MOST_TENSORS = 40;

/** The whole model, or one component with its tensors. Throws ProbeError where there is no such component. */
export function digestAnatomy(anatomy: Anatomy, id?: string): AnatomyDigest {
  const component = id === undefined ? null : findComponent(anatomy.components, id);
  if (id !== undefined && !component)
    throw new ProbeError('usage', 'The model has no such component. Ask without one to see their ids.');
  const { name, format, facts, parameters, bytes, precisions, problems } = anatomy;
  const roots = component ? [component] : anatomy.components;
  const more = countOf(roots) - MOST_COMPONENTS;
  const own = component ? allTensors(component).flatMap((index) => anatomy.tensors[index] ?? []) : [];
  const shown = own.slice(0, MOST_TENSORS);
  return {
    name,
    format,
    facts: Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== null)),
    ...{ parameters, bytes },
    precisions: precisions.map((one) => ({
      dtype: one.dtype,
      parameters: one.parameters,
      bytes: one.bytes,
    })),
    components: trees(roots, { left: MOST_COMPONENTS }),
    ...(component && {
      tensors: shown.map(({ name: tensor, path, shape, dtype, role }) => ({
        ...{ name: path ?? tensor, shape, dtype, role },
      })),
    }),
    problems,
    cut: [
      ...(more > 0 ? [`${more} more components.`] : []),
      ...(shown.length < own.length ? [`${own.length - shown.length} more tensors.`] : []),
      ...(component
        ? []
        : [`${anatomy.tensors.length} tensors; ask for a component by its id to see its own.`]),
    ],
  };
}

function countOf(components: readonly Component[]): number {
  return components.reduce((sum, { children }) => sum + 1 + countOf(children), 0);
}

/** Neighbors come before parts where not everything fits. */
function trees(components: readonly Component[], budget: { left: number }): ComponentDigest[] {
  const shown = components.filter(() => budget.left-- > 0);
  return shown.map(({ id, label, parameters, share, count, children }) => {
    const parts = trees(children, budget);
    return {
      ...{ id, label, parameters, percent: Number((100 * share).toFixed(2)) },
      ...(count !== undefined && { layers: count }),
      ...(parts.length > 0 && { parts }),
    };
  });
}
