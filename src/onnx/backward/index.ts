export { buildBackward } from './build';
export { raiseOpset } from './raise';
export type { Backward, BackwardRequest, GraphModel, Loss, Shapes } from './request';
export { supportedOperators } from './rules';
export { traceGraph } from './trace';
export type { Trace } from './trace';
