import type { Anatomy } from '../../shared/anatomy';
import type { JsonRecord } from '../../models/json';
import { stringAt } from '../../models/json';
import { assemble } from '../assemble';
import { layoutOf } from '../dtypes';
import type { OpenedModel, RawModel, RawTensor } from '../raw';
import { ConfigValues } from './config';
import { parametersOf } from './families';
import type { NamedShape } from './shapes';

const DTYPES: Record<string, string> = { float32: 'F32', float16: 'F16', bfloat16: 'BF16', float64: 'F64' };

/**
 * The anatomy of the model that a config.json describes: PyTorch's parameters by name and shape, without any file. Throws
 * ProbeError `model` for families and classes that this program does not know.
 */
export async function anatomyFromConfig(name: string, config: JsonRecord): Promise<Anatomy> {
  return (await configModel(name, config)).anatomy;
}

/** The same as an opened model, whose tensors have no values. */
export async function configModel(name: string, config: JsonRecord): Promise<OpenedModel> {
  const stored = stringAt(config, 'torch_dtype') ?? stringAt(config, 'dtype') ?? 'float32';
  const dtype = Object.hasOwn(DTYPES, stored) ? (DTYPES[stored] as string) : 'F32';
  const raw: RawModel = {
    ...{ format: 'config', name, metadata: [], files: [], sources: [], problems: [], graphs: [] },
    tensors: parametersOf(new ConfigValues(config)).map((parameter) => toTensor(parameter, dtype)),
  };
  return { raw, anatomy: await assemble(raw, { config }), close: () => Promise.resolve() };
}

function toTensor({ name, shape, tiedTo }: NamedShape, dtype: string): RawTensor {
  const count = shape.reduce((product, size) => product * size, 1);
  const bytes = tiedTo === undefined ? count * (layoutOf(dtype)?.bytes ?? 0) : 0;
  return {
    name,
    shape,
    dtype,
    bytes,
    file: -1,
    place: null,
    state: 'whole',
    ...(tiedTo !== undefined && { tiedTo }),
  };
}
