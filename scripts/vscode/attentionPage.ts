import type { FrameLocator, Locator } from 'playwright-core';
import type { Workbench } from './workbench';

const ANALYSIS_TIMEOUT_MS = 90_000;

/** The attention panel inside a workbench. */
export class AttentionPage {
  readonly frame: FrameLocator;

  constructor(workbench: Workbench) {
    this.frame = workbench.webview();
  }

  /**
   * Waits until the chosen head's matrix is on the screen: that of any run, or of another run than `before`. Rejects with
   * the panel's error where there is one instead.
   */
  async painted(before?: string | null): Promise<void> {
    const other = before ? `:not([data-run="${before}"])` : '';
    const section = this.frame.locator(`section.matrix[aria-busy="false"][data-run]${other}`);
    try {
      await section.locator('.chart canvas').first().waitFor({ timeout: ANALYSIS_TIMEOUT_MS });
    } catch (error) {
      const said = await this.error().allInnerTexts();
      throw said.length > 0 ? new Error(`The panel says: ${said.join(' ')}`) : error;
    }
    const colours = await this.colours();
    if (colours < 8) throw new Error(`The matrix is not painted: it has ${colours} colours.`);
  }

  /** The run whose attention is on the screen; null where there is none. */
  async runId(): Promise<string | null> {
    const section = this.frame.locator('section.matrix[data-run]');
    return (await section.count()) > 0 ? section.first().getAttribute('data-run') : null;
  }

  /** How many different colours the matrix's canvas has. */
  async colours(): Promise<number> {
    return this.frame
      .locator('section.matrix .chart canvas')
      .first()
      .evaluate((canvas: Canvas) => {
        const context = canvas.getContext('2d');
        const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
        return new Set(new Uint32Array(data.buffer)).size;
      });
  }

  /** Shows one of the panel's views. */
  async openTab(name: string): Promise<void> {
    await this.frame.getByRole('tab', { name, exact: true }).click();
    await this.frame.locator(`.tab[aria-selected="true"]`, { hasText: name }).waitFor();
  }

  heading(): Locator {
    return this.frame.locator('section.matrix h2');
  }

  /** All tokens of the input, from their accessible names. */
  async chips(): Promise<Chip[]> {
    const all = this.frame.locator('.text:not([hidden]) .chips').first().locator('[data-token]');
    const names = await all.evaluateAll((chips) => chips.map((chip) => String(chip.ariaLabel)));
    return names.map(readChip);
  }

  /** The token's chip in the text at the top of the panel. */
  chip(token: number): Locator {
    return this.frame.locator(`.chips [data-token="${token}"]`).first();
  }

  /** The thumbnail of a head. */
  thumbnail(layer: number, head: number): Locator {
    return this.frame.locator(`.head-grid [data-layer="${layer}"][data-head="${head}"]`);
  }

  notice(text: string): Locator {
    return this.frame.locator('.notice', { hasText: text });
  }

  error(): Locator {
    return this.frame.locator('.notice.error');
  }

  button(name: string): Locator {
    return this.frame.getByRole('button', { name });
  }
}

export interface Chip {
  label: string;
  special: boolean;
  /** Characters in the token's segment. */
  start: number;
  end: number;
}

/** `3 didn, characters 11 to 15` or `0 [CLS], special token`. */
function readChip(name: string): Chip {
  const groups = /^\d+ (?<label>.*), (?:special token|characters (?<start>\d+) to (?<end>\d+))$/s.exec(
    name,
  )?.groups;
  if (!groups) throw new Error(`This is not the name of a token: ${name}`);
  const { label = '', start, end } = groups;
  return { label, special: start === undefined, start: Number(start), end: Number(end) };
}

/** As much of a canvas as is used in the page. */
interface Canvas {
  width: number;
  height: number;
  getContext(kind: '2d'): {
    getImageData(x: number, y: number, w: number, h: number): { data: Uint8ClampedArray };
  };
}
