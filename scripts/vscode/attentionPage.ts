import type { FrameLocator, Locator } from 'playwright-core';
import type { Workbench } from './workbench';

const ANALYSIS_TIMEOUT_MS = 60_000;

/** The attention panel inside a workbench. */
export class AttentionPage {
  readonly frame: FrameLocator;

  constructor(private readonly workbench: Workbench) {
    this.frame = workbench.webview();
  }

  /** Waits until the chosen head's matrix is on the screen; rejects with the panel's error where there is one. */
  async painted(): Promise<void> {
    const matrix = this.frame.locator('section.matrix[aria-busy="false"] .chart canvas').first();
    const error = this.frame.locator('.notice.error');
    await matrix.or(error).first().waitFor({ timeout: ANALYSIS_TIMEOUT_MS });
    if (await error.isVisible()) throw new Error(`The panel says: ${await error.innerText()}`);
    await this.workbench.page.waitForFunction(() => true);
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

  /** The token's chip in the text at the top of the panel. */
  chip(token: number): Locator {
    return this.frame.locator(`.chips [data-token="${token}"]`).first();
  }

  error(): Locator {
    return this.frame.locator('.notice.error');
  }

  button(name: string): Locator {
    return this.frame.getByRole('button', { name });
  }
}

/** As much of a canvas as is used in the page. */
interface Canvas {
  width: number;
  height: number;
  getContext(kind: '2d'): {
    getImageData(x: number, y: number, w: number, h: number): { data: Uint8ClampedArray };
  };
}
