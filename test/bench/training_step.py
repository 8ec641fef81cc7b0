"""PyTorch's side of training.bench.ts: the same encoder, weights, batch and optimizer. Reads commands, one a line:
`step` does one training step; the answer is its loss and its milliseconds."""

import json
import sys
import time

import onnx
import torch
from onnx import numpy_helper
from transformers import BertConfig, BertModel

task = json.loads(sys.stdin.readline())
torch.set_num_threads(task["threads"])
config = BertConfig.from_pretrained(task["folder"], hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
encoder = BertModel(config, add_pooling_layer=False)
tensors = {t.name: torch.from_numpy(numpy_helper.to_array(t).copy()) for t in onnx.load(task["model"]).graph.initializer}
stored = {}
for name, tensor in tensors.items():
    if name.startswith("bert."):
        transposed = name.endswith(".T")
        stored[name[5:].removesuffix(".T")] = tensor.T.contiguous() if transposed else tensor
missing, unexpected = encoder.load_state_dict(stored, strict=False)
assert not unexpected and all("position_ids" in name for name in missing), (missing, unexpected)
head = torch.nn.Linear(config.hidden_size, 2)
head.weight.data = tensors["probe/classifier.weight"].T.contiguous()
head.bias.data = tensors["probe/classifier.bias"]
parameters = [*encoder.parameters(), *head.parameters()]
optimizer = torch.optim.AdamW(parameters, lr=1e-5, weight_decay=0.01)
ids, mask, labels = (torch.tensor(task[key]) for key in ("ids", "mask", "labels"))
print(json.dumps({"torch": torch.__version__}), flush=True)
for _ in sys.stdin:
    started = time.perf_counter()
    optimizer.zero_grad()
    hidden = encoder(input_ids=ids, attention_mask=mask).last_hidden_state
    pooled = (hidden * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
    loss = torch.nn.functional.cross_entropy(head(pooled), labels)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(parameters, 1.0)
    optimizer.step()
    value = float(loss.detach())
    print(json.dumps({"loss": value, "ms": 1000 * (time.perf_counter() - started)}), flush=True)
