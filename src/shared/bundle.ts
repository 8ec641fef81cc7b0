import { createRequire } from 'node:module';

const load = createRequire(__filename);

/**
 * The module of another entry of the extension's build, which stands beside this one. What both need is in files that they
 * share. Loaded when first called for, so that starting the extension costs none of it.
 */
export function bundle<T>(name: string): () => T {
  return () => load(`./${name}.js`) as T;
}
