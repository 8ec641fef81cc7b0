import * as l10n from '@vscode/l10n';
import { ProbeError } from '../../../src/shared/errors';
import type { AttentionResult, HeadAddress, HeadMatrix } from '../../../src/shared/attention';
import type { AttentionHost } from './panel';
import { isHeadOf } from './state';

/** Weights kept so that stepping back shows them at once: fewer heads when they are large. */
const KEPT_WEIGHTS = 2_000_000;

interface Coming {
  name: string;
  head: Promise<HeadMatrix>;
  controller: AbortController;
}

/**
 * The heads of one result that were shown last, and the one that the next step in the same direction shows: it is fetched
 * while the user looks at this one. At most one is on its way.
 */
export class Heads {
  /** Least recently shown first. */
  private readonly kept = new Map<string, HeadMatrix>();
  private coming: Coming | null = null;

  constructor(private readonly host: Pick<AttentionHost, 'request'>) {}

  /** Forgets everything, and stops what is on its way: for a new result. */
  clear(): void {
    this.kept.clear();
    this.stop();
  }

  stop(): void {
    this.coming?.controller.abort();
    this.coming = null;
  }

  known(address: HeadAddress): HeadMatrix | undefined {
    return this.kept.get(nameOf(address));
  }

  /** Asks for a head, unless it is on its way; another that is on its way is given up. Rejects with a ProbeError. */
  async fetch(result: AttentionResult, address: HeadAddress): Promise<HeadMatrix> {
    const name = nameOf(address);
    if (this.coming?.name !== name) {
      this.stop();
      this.coming = this.ask(result, address, name);
    }
    const { coming } = this;
    const head = await coming.head.finally(() => this.coming === coming && (this.coming = null));
    if (!isHeadOf(head, result)) {
      throw new ProbeError('runtime', l10n.t('The head came back damaged. Run the analysis again.'));
    }
    this.keep(name, head);
    return head;
  }

  /** Fetches what one more step from `before` to `now` would show. Whether that works shows when it is wanted. */
  ahead(result: AttentionResult, before: HeadAddress | null, now: HeadAddress): void {
    const next = before && stepOn(before, now);
    if (!next || this.coming || this.known(next) || !isIn(result, next)) return;
    this.fetch(result, next).catch(() => undefined);
  }

  private ask({ runId }: AttentionResult, address: HeadAddress, name: string): Coming {
    const controller = new AbortController();
    return {
      name,
      head: this.host.request('head', { runId, ...address }, controller.signal),
      controller,
    };
  }

  private keep(name: string, matrix: HeadMatrix): void {
    this.kept.delete(name);
    this.kept.set(name, matrix);
    // The head shown and the one after it, however large.
    const most = Math.max(2, Math.floor(KEPT_WEIGHTS / Math.max(1, matrix.weights.length)));
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= most) break;
      this.kept.delete(oldest);
    }
  }
}

const nameOf = ({ kind, layer, head }: HeadAddress) => `${kind} ${layer} ${head}`;

/** The address that lies as far behind `now` as `before` lies ahead of it; null where that is no step to a neighbor. */
function stepOn(before: HeadAddress, { kind, layer, head }: HeadAddress): HeadAddress | null {
  const [down, right] = [layer - before.layer, head - before.head];
  const isStep = kind === before.kind && Math.abs(down) + Math.abs(right) === 1;
  return isStep ? { kind, layer: layer + down, head: head + right } : null;
}

function isIn({ layers }: AttentionResult, { kind, layer, head }: HeadAddress): boolean {
  const found = layers.find((one) => one.kind === kind && one.layer === layer);
  return found !== undefined && head >= 0 && head < found.heads;
}
