"""The bundled graph against PyTorch with the same weights: logits and every attention."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch


def session(path: Path, taps: bool) -> tuple[onnxruntime.InferenceSession, list[str]]:
    """A session; with `taps`, every Softmax that feeds a MatMul is an output too."""
    model = onnx.load(path)
    names = []
    if taps:
        read = {name for n in model.graph.node if n.op_type == "MatMul" for name in n.input}
        # GPT-2's exporter leaves a Cast without effect between the Softmax and the MatMul.
        read |= {n.input[0] for n in model.graph.node if n.op_type == "Cast" and n.output[0] in read}
        names = [n.output[0] for n in model.graph.node if n.op_type == "Softmax" and n.output[0] in read]
        model.graph.output.extend(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in names)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"]), names


def difference(a: np.ndarray, b: torch.Tensor) -> float:
    return float(np.abs(a - b.detach().numpy()).max())


def compare(path: Path, feeds: dict[str, np.ndarray], main: str, expected: torch.Tensor, attentions: list[torch.Tensor]) -> dict[str, float]:
    """Largest differences of the main output and of all attentions (in the order of the layers)."""
    run, names = session(path, True)
    values = run.run([main, *names], feeds)
    assert len(names) == len(attentions), (names, len(attentions))
    return {"logits": difference(values[0], expected), "attention": max(difference(v, a) for v, a in zip(values[1:], attentions)),
            "top1": float((values[0].argmax(-1) == expected.detach().numpy().argmax(-1)).mean())}
