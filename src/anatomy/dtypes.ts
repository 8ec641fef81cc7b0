/** Values and bytes of one block: plain types have blocks of one value. */
export interface Layout {
  values: number;
  bytes: number;
}

/** https://huggingface.co/docs/safetensors: the types whose values have whole bytes. */
const PLAIN: Record<string, number> = {
  ...{ F64: 8, F32: 4, F16: 2, BF16: 2, F8_E4M3: 1, F8_E5M2: 1, C64: 8 },
  ...{ F8_E4M3FNUZ: 1, F8_E5M2FNUZ: 1, F8_E8M0: 1 },
  ...{ I64: 8, I32: 4, I16: 2, I8: 1, U64: 8, U32: 4, U16: 2, U8: 1, BOOL: 1 },
};

/** ggml's block types: values and bytes of a block (ggml-common.h of llama.cpp). */
const BLOCKS: Record<string, [values: number, bytes: number]> = {
  ...{ Q4_0: [32, 18], Q4_1: [32, 20], Q5_0: [32, 22], Q5_1: [32, 24], Q8_0: [32, 34], Q8_1: [32, 36] },
  ...{ Q2_K: [256, 84], Q3_K: [256, 110], Q4_K: [256, 144], Q5_K: [256, 176], Q6_K: [256, 210] },
  ...{ Q8_K: [256, 292], IQ2_XXS: [256, 66], IQ2_XS: [256, 74], IQ3_XXS: [256, 98], IQ1_S: [256, 50] },
  ...{ IQ4_NL: [32, 18], IQ3_S: [256, 110], IQ2_S: [256, 82], IQ4_XS: [256, 136], IQ1_M: [256, 56] },
  ...{ TQ1_0: [256, 54], TQ2_0: [256, 66], MXFP4: [32, 17] },
};

/** ggml_type -> dtype name. */
export const GGML_TYPES: Record<number, string> = {
  ...{ 0: 'F32', 1: 'F16', 2: 'Q4_0', 3: 'Q4_1', 6: 'Q5_0', 7: 'Q5_1', 8: 'Q8_0', 9: 'Q8_1' },
  ...{ 10: 'Q2_K', 11: 'Q3_K', 12: 'Q4_K', 13: 'Q5_K', 14: 'Q6_K', 15: 'Q8_K' },
  ...{ 16: 'IQ2_XXS', 17: 'IQ2_XS', 18: 'IQ3_XXS', 19: 'IQ1_S', 20: 'IQ4_NL', 21: 'IQ3_S', 22: 'IQ2_S' },
  ...{ 23: 'IQ4_XS', 24: 'I8', 25: 'I16', 26: 'I32', 27: 'I64', 28: 'F64', 29: 'IQ1_M', 30: 'BF16' },
  ...{ 34: 'TQ1_0', 35: 'TQ2_0', 39: 'MXFP4' },
};

/** TensorProto.DataType -> dtype name. */
export const ONNX_TYPES: Record<number, string> = {
  ...{ 1: 'F32', 2: 'U8', 3: 'I8', 4: 'U16', 5: 'I16', 6: 'I32', 7: 'I64', 8: 'STRING', 9: 'BOOL' },
  ...{ 10: 'F16', 11: 'F64', 12: 'U32', 13: 'U64', 14: 'C64', 15: 'C128', 16: 'BF16' },
  ...{ 17: 'F8_E4M3', 18: 'F8_E4M3FNUZ', 19: 'F8_E5M2', 20: 'F8_E5M2FNUZ', 21: 'U4', 22: 'I4', 23: 'F4' },
  ...{ 24: 'F8_E8M0', 25: 'U2', 26: 'I2' },
};

/** How a dtype lies in memory; null for one that this program does not know. */
export function layoutOf(dtype: string): Layout | null {
  const bytes = Object.hasOwn(PLAIN, dtype) ? PLAIN[dtype] : undefined;
  if (bytes !== undefined) return { values: 1, bytes };
  const block = Object.hasOwn(BLOCKS, dtype) ? BLOCKS[dtype] : undefined;
  return block ? { values: block[0], bytes: block[1] } : null;
}

/** Types whose values are trained numbers; everything else holds ids, masks or packed bits. */
export function isFloat(dtype: string): boolean {
  return /^(B?F\d|I?Q\d|TQ\d|MXFP4)/.test(dtype);
}

/** Product of sizes; null if one is not a count or the product is no exact integer. */
export function elements(shape: readonly number[]): number | null {
  let product = 1;
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || size < 0) return null;
    product *= size;
  }
  return Number.isSafeInteger(product) ? product : null;
}
