import { CustomChart } from 'echarts/charts';
import { DataZoomInsideComponent, GridComponent, TooltipComponent } from 'echarts/components';
import { graphic, init, use } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';

export type { ECharts, EChartsCoreOption } from 'echarts/core';
export type { CustomSeriesRenderItemAPI, CustomSeriesRenderItemParams } from 'echarts';

use([CanvasRenderer, CustomChart, DataZoomInsideComponent, GridComponent, TooltipComponent]);

export { graphic, init };
