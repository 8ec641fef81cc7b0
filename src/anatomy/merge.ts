import type { RawModel, RawTensor } from './raw';

/** Halves of an encoder-decoder that lie in two files, as one model: paths start with the half's name. */
export function mergeHalves(name: string, encoder: RawModel, decoder: RawModel): RawModel {
  const shift = encoder.files.length;
  return {
    format: encoder.format,
    name,
    tensors: [
      ...encoder.tensors.map((tensor) => within('encoder', tensor)),
      ...decoder.tensors.map((tensor) => moved(within('decoder', tensor), shift)),
    ],
    metadata: encoder.metadata,
    files: [...encoder.files, ...decoder.files],
    sources: [...encoder.sources, ...decoder.sources],
    problems: [...encoder.problems, ...decoder.problems],
    graphs: [...encoder.graphs, ...decoder.graphs],
    models: [...(encoder.models ?? []), ...(decoder.models ?? [])],
  };
}

/** Output matrices belong to neither half; everything else to the file's, whatever the exporter called it. */
function within(half: 'encoder' | 'decoder', tensor: RawTensor): RawTensor {
  const path = tensor.path ?? tensor.name;
  if (/(^|\.)(encoder|decoder|lm_head|shared)\./.test(path)) return tensor;
  return { ...tensor, path: `${half}.${path}` };
}

function moved(tensor: RawTensor, shift: number): RawTensor {
  const place =
    tensor.place?.kind === 'range' ? { ...tensor.place, file: tensor.place.file + shift } : tensor.place;
  return { ...tensor, file: tensor.file + shift, place };
}
