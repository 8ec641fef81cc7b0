import { BarChart, CustomChart, LineChart, ScatterChart } from 'echarts/charts';
import {
  DataZoomInsideComponent,
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  TooltipComponent,
} from 'echarts/components';
import { init, use } from 'echarts/core';
import { LabelLayout } from 'echarts/features';
import { CanvasRenderer, SVGRenderer } from 'echarts/renderers';

export type { ECharts } from 'echarts/core';

/** What figures of probes are drawn with; the attention panel's charts register less. */
use([BarChart, CustomChart, LineChart, ScatterChart, LabelLayout, CanvasRenderer, SVGRenderer]);
use([DataZoomInsideComponent, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent]);

export { init };
