import * as l10n from '@vscode/l10n';
import type { Activation } from '../../shared/block';

export const ACTIVATION_NAMES: Record<Activation, string> = {
  gelu: 'GELU',
  'gelu-tanh': 'GELU (tanh)',
  'quick-gelu': 'Quick GELU',
  relu: 'ReLU',
  'relu-squared': 'ReLU²',
  silu: 'SiLU',
  tanh: 'tanh',
  mish: 'Mish',
  elu: 'ELU',
  'leaky-relu': 'Leaky ReLU',
  'hard-swish': 'Hard swish',
};

export const ACTIVATION_FORMULAS: Record<Activation, string> = {
  gelu: 'x · Φ(x)',
  'gelu-tanh': 'x / 2 · (1 + tanh(√(2 / π) · (x + 0.044715 x³)))',
  'quick-gelu': 'x · σ(1.702 x)',
  relu: 'max(0, x)',
  'relu-squared': 'max(0, x)²',
  silu: 'x · σ(x)',
  tanh: 'tanh(x)',
  mish: 'x · tanh(ln(1 + eˣ))',
  elu: l10n.t('x above 0, eˣ − 1 below'),
  'leaky-relu': l10n.t('x above 0, 0.01 x below'),
  'hard-swish': 'x · min(1, max(0, x / 6 + 1 / 2))',
};

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** The functions as their papers write them, of one number. */
export const ACTIVATIONS: Record<Activation, (x: number) => number> = {
  gelu: (x) => (x / 2) * (1 + erf(x / Math.SQRT2)),
  'gelu-tanh': (x) => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  'quick-gelu': (x) => x * sigmoid(1.702 * x),
  relu: (x) => Math.max(0, x),
  'relu-squared': (x) => Math.max(0, x) ** 2,
  silu: (x) => x * sigmoid(x),
  tanh: Math.tanh,
  mish: (x) => x * Math.tanh(Math.log1p(Math.exp(x))),
  elu: (x) => (x > 0 ? x : Math.expm1(x)),
  'leaky-relu': (x) => (x > 0 ? x : 0.01 * x),
  'hard-swish': (x) => x * Math.min(1, Math.max(0, x / 6 + 0.5)),
};

/** What configs call the functions. */
const CONFIG_NAMES: Record<string, Activation> = {
  ...{ gelu: 'gelu', gelu_python: 'gelu', gelu_new: 'gelu-tanh', gelu_fast: 'gelu-tanh' },
  ...{
    gelu_pytorch_tanh: 'gelu-tanh',
    gelu_accurate: 'gelu-tanh',
    'gated-gelu': 'gelu-tanh',
    quick_gelu: 'quick-gelu',
  },
  ...{ relu: 'relu', relu2: 'relu-squared', silu: 'silu', swish: 'silu', 'gated-silu': 'silu', tanh: 'tanh' },
  ...{ mish: 'mish', elu: 'elu', leaky_relu: 'leaky-relu', hardswish: 'hard-swish' },
};

/** The function that a config names; null if it names none that is known. */
export function activationNamed(name: string | null): Activation | null {
  return name !== null && Object.hasOwn(CONFIG_NAMES, name) ? (CONFIG_NAMES[name] ?? null) : null;
}

/** The error function, by 2 / sqrt(pi) exp(-x^2) sum of 2^n x^(2n+1) / (2n+1)!!: all terms have one sign. */
export function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let [term, sum] = [x, x];
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}
