export { buildBackward } from './build';
export { cutGraph } from './cut';
export { findEmbeddings } from './embeddings';
export type { TokenEmbedding } from './embeddings';
export { raiseOpset } from './raise';
export type { Backward, BackwardRequest, GraphModel, Loss, Shapes } from './request';
export { supportedOperators } from './rules';
export { traceGraph } from './trace';
export type { Trace } from './trace';
