import type { TensorInfo } from '../../../../src/shared/anatomy';
import type { ModelAnatomy } from '../../../../src/shared/anatomyProtocol';
import { indexOf, pathOf } from '../view';

/** A row of the tensor table: the tensor and its position in the model. */
export interface TensorRow {
  index: number;
  tensor: TensorInfo;
}

export type SortKey = 'name' | 'dtype' | 'shape' | 'parameters' | 'bytes' | 'layer' | 'role';

export interface Sort {
  key: SortKey;
  ascending: boolean;
}

const PART = /^in:(\S+)$/;

/**
 * Tensors that have all words of the filter in name, type, shape, role or layer; `in:ID` keeps those of a component. In
 * the file's order without a sort; equal ones stay in it.
 */
export function tensorRows(model: ModelAnatomy, filter: string, sort: Sort | null): TensorRow[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const allowed = words.flatMap((word) => PART.exec(word)?.[1] ?? []).map((id) => tensorsIn(model, id));
  const plain = words.filter((word) => !PART.test(word));
  const rows = model.anatomy.tensors.flatMap((tensor, index): TensorRow[] => {
    if (!allowed.every((set) => set.has(index))) return [];
    const text = searchText(tensor);
    return plain.every((word) => text.includes(word)) ? [{ index, tensor }] : [];
  });
  return sort ? rows.sort((a, b) => order(a, b, sort)) : rows;
}

function tensorsIn(model: ModelAnatomy, id: string): ReadonlySet<number> {
  const { boxes } = indexOf(model);
  const found = [...boxes].find(([known]) => known.toLowerCase() === id);
  return new Set(found?.[1].node.tensors);
}

function searchText(tensor: TensorInfo): string {
  const layer = tensor.layer === null ? '' : `layer ${tensor.layer} layer:${tensor.layer}`;
  const shape = `${tensor.shape.join('x')} ${tensor.shape.join(' × ')}`;
  return `${tensor.name} ${pathOf(tensor)} ${tensor.dtype} ${shape} ${tensor.role} ${tensor.state} ${layer}`.toLowerCase();
}

function order({ tensor: a }: TensorRow, { tensor: b }: TensorRow, { key, ascending }: Sort): number {
  const sign = ascending ? 1 : -1;
  if (key === 'name') return sign * pathOf(a).localeCompare(pathOf(b), 'en', { numeric: true });
  if (key === 'dtype' || key === 'role') return sign * a[key].localeCompare(b[key]);
  if (key === 'shape') return sign * (elements(a) - elements(b));
  if (key === 'layer') return sign * ((a.layer ?? -1) - (b.layer ?? -1));
  return sign * (a[key] - b[key]);
}

const elements = ({ shape }: TensorInfo): number => shape.reduce((product, size) => product * size, 1);
