import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nativeReason } from '../../src/inference/runtime';

test('a native error is told without the place in the source that raised it', () => {
  const cases: [string, string][] = [
    [
      '/onnxruntime_src/onnxruntime/core/graph/graph.cc:1409 onnxruntime::Graph::Graph(const onnxruntime::Model&, std::function<void (int)>, bool) This is an invalid model. Tensor w has no type.\nStacktrace:',
      'This is an invalid model. Tensor w has no type.',
    ],
    [
      'Non-zero status code returned while running Gather node. Status Message: /src/gather_base.h:14 bool f(int) const idx=600 must be in [-512,511]',
      'Non-zero status code returned while running Gather node. Status Message: idx=600 must be in [-512,511]',
    ],
    ["Invalid model. Node input 'a\u0007b' is unknown.", "Invalid model. Node input 'a?b' is unknown."],
    ['(in brackets) as it is', '(in brackets) as it is'],
  ];
  for (const [message, reason] of cases) assert.equal(nativeReason(new Error(message)), reason);
  assert.equal(nativeReason('x'.repeat(900)).length, 303);
});
