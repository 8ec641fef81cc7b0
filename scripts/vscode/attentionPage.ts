import type { FrameLocator, Locator } from 'playwright-core';
import type { Workbench } from './workbench';

const ANALYSIS_TIMEOUT_MS = 90_000;

/** The attention panel inside a workbench. */
export class AttentionPage {
  readonly frame: FrameLocator;

  constructor(workbench: Workbench) {
    this.frame = workbench.webview();
  }

  /** Waits until the chosen head's matrix is on the screen; rejects with the panel's error where there is one. */
  async painted(): Promise<void> {
    const matrix = this.frame.locator('section.matrix[aria-busy="false"] .chart canvas').first();
    const error = this.frame.locator('.notice.error');
    await matrix.or(error).first().waitFor({ timeout: ANALYSIS_TIMEOUT_MS });
    if (await error.isVisible()) throw new Error(`The panel says: ${await error.innerText()}`);
    const colours = await this.colours();
    if (colours < 8) throw new Error(`The matrix is not painted: it has ${colours} colours.`);
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
