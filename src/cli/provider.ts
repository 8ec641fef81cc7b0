import { ProbeError } from '../shared/errors';
import { isProvider, PROVIDERS, type Provider } from '../shared/provider';
import { suggestion } from './nearest';

/** The commands that run a model. */
const RUNNING = ['attention', 'attribute', 'probe', 'train'];

/**
 * Takes `--provider NAME` out of a command line that runs a model; other command lines are left as they are. Fails with
 * a `usage` error where there is no such provider.
 */
export function takeProvider(argv: string[]): { provider?: Provider; rest: string[] } {
  const at = argv.findIndex((word) => word === '--provider' || word.startsWith('--provider='));
  if (at < 0 || !RUNNING.includes(argv[0] ?? '')) return { rest: argv };
  const [word = '', next = ''] = argv.slice(at);
  const joined = word.includes('=');
  const name = joined ? word.slice(word.indexOf('=') + 1) : next;
  if (isProvider(name)) return { provider: name, rest: argv.toSpliced(at, joined ? 1 : 2) };
  throw new ProbeError(
    'usage',
    `There is no provider "${name}".${suggestion(name, [...PROVIDERS])} --provider takes one of ${PROVIDERS.join(', ')}.`,
  );
}
