import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Tensor } from 'onnxruntime-node';
import { buildFeeds } from '../../src/inference/feeds';
import { openBackward } from '../../src/inference/gradients';
import { runSession } from '../../src/inference/runtime';
import { numberTensor } from '../../src/inference/tensors';
import { withoutBranches } from '../../src/onnx/branches/flatten';
import { findEmbeddings } from '../../src/onnx/backward';
import type { BackwardRequest } from '../../src/onnx/backward';
import { readSkeleton } from '../../src/onnx/skeleton';
import { FIXTURES } from './support/reference';
import { readGradients } from './support/pytorchGradients';
import type { Held, PytorchGradients } from './support/pytorchGradients';

/** Of the largest gradient of a parameter. */
const LIMIT = 1e-4;
/**
 * Gradients below this part of the largest anywhere are rounding, and need only be that small here, too: softmax does
 * not see what is added to all scores of a row, so that the biases of keys have none.
 */
const NOTHING = 1e-6;
const FOLDER = join(FIXTURES, '..', 'gradients');

/** All gradients of one export, by parameter and of the embeddings; the largest relative difference. */
async function compare(folder: string, truth: PytorchGradients): Promise<number> {
  const skeleton = withoutBranches(await readSkeleton(join(folder, 'onnx', 'model.onnx')));
  const held = truth.exports[folder.split(/[\\/]/).at(-1) ?? ''] ?? {};
  const embeddings = findEmbeddings(skeleton.model.graph).map(({ tensor }) => tensor);
  assert.equal(embeddings.length, truth.embeddings.length, 'embeddings found');
  const wrt = [
    ...embeddings,
    ...Object.values(held).flatMap((tensors) => tensors.map(({ tensor }) => tensor)),
  ];
  const position = truth.position === null ? {} : { position: 'position' };
  const request: BackwardRequest = {
    loss: { kind: truth.output, logits: 'logits', token: 'token', ...position },
    wrt,
  };
  const input = { ids: truth.input_ids, targetIds: truth.decoder_input_ids };
  const { session, backward } = await openBackward(skeleton, request, {
    trial: (inputs) => buildFeeds(inputs, input),
  });
  const own = session.inputMetadata.filter(({ name }) => name !== 'token' && name !== 'position');
  const feeds = {
    ...(await buildFeeds(own, input)),
    token: await numberTensor('int64', [truth.token], []),
    ...(truth.position !== null && { position: await numberTensor('int64', [truth.position], []) }),
  };
  const outputs = await runSession(session, feeds, [backward.loss, ...backward.gradients.values()]);
  await session.release();
  const gradient = (tensor: string) => outputs[backward.gradients.get(tensor) ?? ''];
  assert.ok(
    Math.abs((floats(outputs[backward.loss])[0] as number) - truth.value) <= 1e-5 * Math.abs(truth.value),
  );
  const most = Math.max(...Object.values(truth.parameters).map(({ largest }) => largest));
  let worst = 0;
  for (const [i, tensor] of embeddings.entries()) {
    worst = Math.max(worst, difference(floats(gradient(tensor)), truth.embeddings[i] ?? []));
  }
  for (const [name, expected] of Object.entries(truth.parameters)) {
    const total = sumOfHeld(expected.shape, held[name] ?? [], gradient);
    assert.ok(total, `${name} is in the graph`);
    const picked = expected.values.map((_, i) => total[i * expected.stride] as number);
    if (expected.largest < NOTHING * most) {
      assert.ok(Math.max(...total.map(Math.abs)) < NOTHING * most, `${name} has no gradient`);
      continue;
    }
    worst = Math.max(worst, difference(picked, expected.values, expected.largest));
    worst = Math.max(worst, Math.abs(Math.hypot(...total) - expected.norm) / expected.norm);
  }
  return worst;
}

/** A parameter that the graph holds several times, as it is or transposed: its gradients add up. */
function sumOfHeld(
  shape: number[],
  held: Held[],
  gradient: (tensor: string) => Tensor | undefined,
): Float64Array | null {
  const total = new Float64Array(shape.reduce((product, size) => product * size, 1));
  const [rows = 1, columns = 1] = shape;
  let found = false;
  for (const { tensor, transposed } of held) {
    const part = gradient(tensor);
    if (!part) continue;
    found = true;
    const values = floats(part);
    for (let i = 0; i < total.length; i++) {
      const at = transposed ? (i % columns) * rows + Math.floor(i / columns) : i;
      total[i] = (total[i] as number) + (values[at] as number);
    }
  }
  return found ? total : null;
}

function floats(tensor: Tensor | undefined): Float32Array {
  assert.ok(tensor, 'gradient found');
  return tensor.data as Float32Array;
}

function difference(found: ArrayLike<number>, expected: ArrayLike<number>, scale?: number): number {
  assert.equal(found.length, expected.length);
  const all = Array.from(expected, Math.abs);
  const largest = scale ?? Math.max(...all);
  return Math.max(...Array.from(expected, (value, i) => Math.abs((found[i] as number) - value))) / largest;
}

describe('Gradients of whole exports against PyTorch', () => {
  for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.json'))) {
    const truth = readGradients(join(FOLDER, file));
    for (const name of Object.keys(truth.exports)) {
      it(name, async (t) => {
        const room = [FIXTURES, join(FIXTURES, '..', 'exporters'), FOLDER].find((one) =>
          readdirSync(one).includes(name),
        );
        assert.ok(room);
        const worst = await compare(join(room, name), truth);
        t.diagnostic(
          `${Object.keys(truth.parameters).length} parameters, largest relative difference ${worst.toExponential(1)}`,
        );
        assert.ok(worst <= LIMIT, `gradients differ by ${worst}`);
      });
    }
  }
});
