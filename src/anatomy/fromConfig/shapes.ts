import * as l10n from '@vscode/l10n';
import { ProbeError } from '../../shared/errors';

/** More tensors than any known model has. */
const MAX_PARAMETERS = 500_000;

/** A parameter of a PyTorch model: its name in `named_parameters()` and its shape. */
export interface NamedShape {
  name: string;
  shape: number[];
  /** Set for a name that PyTorch leaves out because it is another parameter. */
  tiedTo?: string;
}

/** Collects the parameters of a model, module by module, under PyTorch's names. */
export class Shapes {
  constructor(
    readonly list: NamedShape[] = [],
    private readonly prefix = '',
  ) {}

  /** The same list, for modules below `prefix`. */
  at(prefix: string): Shapes {
    return new Shapes(this.list, prefix === '' ? this.prefix : `${this.prefix}${prefix}.`);
  }

  /** Repeats a module: `layers.0`, `layers.1` ... */
  repeat(name: string, count: number, build: (inside: Shapes, index: number) => void): void {
    for (let i = 0; i < count; i++) build(this.at(`${name}.${i}`), i);
  }

  add(name: string, ...shape: number[]): void {
    this.push({ name: this.prefix + name, shape });
  }

  /** torch.nn.Linear: weight [to, from]. */
  linear(name: string, from: number, to: number, bias = true): void {
    this.add(`${name}.weight`, to, from);
    if (bias) this.add(`${name}.bias`, to);
  }

  /** GPT-2's Conv1D: a linear layer whose weight is [from, to]. */
  conv1D(name: string, from: number, to: number): void {
    this.add(`${name}.weight`, from, to);
    this.add(`${name}.bias`, to);
  }

  embedding(name: string, rows: number, size: number): void {
    this.add(`${name}.weight`, rows, size);
  }

  /** Layer norm, or without a bias RMS norm. */
  norm(name: string, size: number, bias = true): void {
    this.add(`${name}.weight`, size);
    if (bias) this.add(`${name}.bias`, size);
  }

  /** An output matrix that is the embeddings `to`, or one of its own. */
  output(name: string, rows: number, size: number, tiedTo: string | null): void {
    if (tiedTo === null) this.add(`${name}.weight`, rows, size);
    else this.push({ name: `${this.prefix}${name}.weight`, shape: [rows, size], tiedTo });
  }

  private push(parameter: NamedShape): void {
    if (this.list.length === MAX_PARAMETERS)
      throw new ProbeError('model', l10n.t('config.json: no model has so many tensors.'));
    this.list.push(parameter);
  }
}
