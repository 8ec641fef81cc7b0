/** What computes a run: the CPU, or one of ONNX Runtime's ways to a GPU or a neural engine. */
export const PROVIDERS = ['cpu', 'webgpu', 'cuda', 'dml', 'coreml'] as const;

export type Provider = (typeof PROVIDERS)[number];

/** Their names in texts. */
export const PROVIDER_NAMES: Record<Provider, string> = {
  cpu: 'CPU',
  webgpu: 'WebGPU',
  cuda: 'CUDA',
  dml: 'DirectML',
  coreml: 'Core ML',
};

/** Which provider a session has. Operators that a provider other than the CPU lacks run on the CPU. */
export interface ProviderUse {
  used: Provider;
  /** The one that was asked for where it cannot be used, and why not. */
  refused?: { provider: Provider; reason: string };
}

export function isProvider(name: unknown): name is Provider {
  return (PROVIDERS as readonly unknown[]).includes(name);
}
