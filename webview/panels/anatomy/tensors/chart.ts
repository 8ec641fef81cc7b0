import { init } from '../../../charts/echarts';
import type { ECharts, EChartsCoreOption } from '../../../charts/echarts';
import { h } from '../../../ui/dom';

/** A chart in a box of fixed height that follows the box's width. */
export class Chart {
  readonly element: HTMLElement;
  private chart: ECharts | null = null;

  constructor(
    label: string,
    private readonly height: number,
  ) {
    this.element = h('div', { class: 'small-chart', attributes: { role: 'img', 'aria-label': label } });
    new ResizeObserver(([entry]) => {
      const width = entry?.contentRect.width ?? 0;
      if (width > 0) this.chart?.resize({ width, height: this.height });
    }).observe(this.element);
  }

  show(option: EChartsCoreOption, label: string): void {
    this.element.setAttribute('aria-label', label);
    const width = this.element.clientWidth || 320;
    this.chart ??= init(this.element, null, { width, height: this.height });
    this.chart.setOption(option, { notMerge: true });
  }

  /** The cell of value axes at a place of the canvas; null outside of them. */
  at(x: number, y: number): [x: number, y: number] | null {
    if (!this.chart?.containPixel({ gridIndex: 0 }, [x, y])) return null;
    return this.chart.convertFromPixel({ gridIndex: 0 }, [x, y]) as [number, number];
  }
}
