"""Edits an exported graph: parameters get their PyTorch names, a tied matrix is stored once, shapes are folded, matrices become int8 with one
scale a row.

int8 and fp16 are storage only: Cast and Mul give the fp32 matrix back when the session is made, so all arithmetic, softmax and attention are fp32.
(With DequantizeLinear, onnxruntime fuses it into the MatMul and rounds the activations to int8 too: measured, attention off by 0.012.)
"""

import re
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import helper, numpy_helper

MINIMUM = 4096  # smaller tensors stay fp32
# Queries, keys and positions decide where a head looks: fp16 halves the distance of the attention from fp32 and costs half a megabyte.
HALF = re.compile(r"query|key|position|wpe|c_attn|Attention\.[qk]\.")


def drop_identities(model: onnx.ModelProto) -> None:
    """The exporter hides equal tensors behind Identity nodes; give every user the original."""
    graph = model.graph
    alias = {n.output[0]: n.input[0] for n in graph.node if n.op_type == "Identity"}
    outputs = {o.name for o in graph.output}

    def root(name: str) -> str:
        while name in alias:
            name = alias[name]
        return name

    for node in graph.node:
        for i, name in enumerate(node.input):
            node.input[i] = root(name)
    kept = [n for n in graph.node if n.op_type != "Identity" or n.output[0] in outputs]
    del graph.node[:]
    graph.node.extend(kept)


def name_nodes(model: onnx.ModelProto, prefix: str) -> None:
    """Nodes are named by the model's own modules, without the wrapper that was traced: `/bert/encoder/layer.0/attention/self/query/MatMul`."""
    for node in model.graph.node:
        node.name = node.name.removeprefix(prefix)


def name_parameters(model: onnx.ModelProto, state: dict[str, torch.Tensor], prefix: str) -> dict[str, str]:
    """Renames initializers to the parameter they hold (`.T` added where the exporter transposed it). Returns new name -> parameter."""
    values = {name: tensor.detach().numpy() for name, tensor in state.items()}
    names: dict[str, str] = {}
    renamed: dict[str, str] = {}
    for tensor in model.graph.initializer:
        array = numpy_helper.to_array(tensor)
        name = tensor.name.removeprefix(prefix)
        if name not in values and array.ndim == 2:
            name = next((f"{k}.T" for k, v in values.items() if v.shape == array.shape[::-1] and np.array_equal(v.T, array)), tensor.name)
        if name != tensor.name and name not in names:
            renamed[tensor.name] = name
            tensor.name = name
        names[tensor.name] = tensor.name.removesuffix(".T")
    for node in model.graph.node:
        for i, name in enumerate(node.input):
            node.input[i] = renamed.get(name, name)
    return names


def share_tied(model: onnx.ModelProto, embedding: str) -> None:
    """The vocabulary head multiplies with the transposed embedding itself, not with a copy of it."""
    graph = model.graph
    shape = next(list(t.dims) for t in graph.initializer if t.name == embedding)
    value = next(numpy_helper.to_array(t) for t in graph.initializer if t.name == embedding)
    for tensor in list(graph.initializer):
        if list(tensor.dims) == shape[::-1] and np.array_equal(numpy_helper.to_array(tensor), value.T):
            users = [i for i, n in enumerate(graph.node) if tensor.name in n.input]
            node = helper.make_node("Transpose", [embedding], [f"{embedding}.transposed"], name=f"{embedding}.transpose", perm=[1, 0])
            for i in users:
                for k, name in enumerate(graph.node[i].input):
                    if name == tensor.name:
                        graph.node[i].input[k] = node.output[0]
            graph.node.insert(users[0], node)
            graph.initializer.remove(tensor)


def simplify(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same graph with fewer nodes, by the basic passes of ONNX Runtime: constants folded, shapes computed once, equal nodes shared.

    Half of an exported graph computes shapes, and a session opens in time to its nodes. Large weights are inputs meanwhile, so that no pass
    touches them; every name of a weight stays.
    """
    large = [t for t in model.graph.initializer if np.prod(t.dims) >= MINIMUM]
    names = {t.name for t in large}
    bare = onnx.ModelProto()
    bare.CopyFrom(model)
    small = [t for t in bare.graph.initializer if t.name not in names]
    del bare.graph.initializer[:]
    bare.graph.initializer.extend(small)
    bare.graph.input.extend(helper.make_tensor_value_info(t.name, t.data_type, t.dims) for t in large)
    with tempfile.TemporaryDirectory() as folder:
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        options.optimized_model_filepath = str(Path(folder) / "simple.onnx")
        onnxruntime.InferenceSession(bare.SerializeToString(), options, providers=["CPUExecutionProvider"])
        simple = onnx.load(options.optimized_model_filepath)
    inputs = [i for i in simple.graph.input if i.name not in names]
    del simple.graph.input[:]
    simple.graph.input.extend(inputs)
    # What was computed is a constant, not a weight: the initializers are the model's parameters and nothing else.
    parameters = {t.name for t in model.graph.initializer}
    computed = [t for t in simple.graph.initializer if t.name not in parameters]
    weights = [t for t in simple.graph.initializer if t.name in parameters] + large
    nodes = [helper.make_node("Constant", [], [t.name], name=f"{t.name}.constant", value=t) for t in computed] + list(simple.graph.node)
    del simple.graph.initializer[:], simple.graph.node[:]
    simple.graph.initializer.extend(weights)
    simple.graph.node.extend(nodes)
    used = [o for o in simple.opset_import if o.domain in {n.domain for n in simple.graph.node}]
    del simple.opset_import[:]
    simple.opset_import.extend(used)
    return simple


def rows_to_int8(array: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """Symmetric int8 with one scale for each index of `axis`; the scales keep a dimension of 1, ready to multiply with."""
    scale = np.abs(array).max(axis=1 - axis, keepdims=True) / 127
    scale = np.where(scale == 0, 1, scale).astype(np.float32)
    return np.clip(np.rint(array / scale), -127, 127).astype(np.int8), scale


def quantise(model: onnx.ModelProto) -> None:
    """Replaces each large matrix by int8 and scales (or fp16), and a Cast and a Mul whose output has the matrix' old name."""
    graph = model.graph
    first: list[onnx.NodeProto] = []
    gathered = {n.input[0] for n in graph.node if n.op_type == "Gather"}
    for tensor in list(graph.initializer):
        array = numpy_helper.to_array(tensor)
        if array.dtype != np.float32 or array.ndim != 2 or array.size < MINIMUM:
            continue
        name = tensor.name
        graph.initializer.remove(tensor)
        if HALF.search(name):
            graph.initializer.append(numpy_helper.from_array(array.astype(np.float16), f"{name}.half"))
            first.append(helper.make_node("Cast", [f"{name}.half"], [name], name=f"{name}.cast", to=onnx.TensorProto.FLOAT))
            continue
        whole, scale = rows_to_int8(array, axis=0 if name in gathered else 1)
        graph.initializer.extend([numpy_helper.from_array(whole, f"{name}.int8"), numpy_helper.from_array(scale, f"{name}.scale")])
        first.append(helper.make_node("Cast", [f"{name}.int8"], [f"{name}.float"], name=f"{name}.cast", to=onnx.TensorProto.FLOAT))
        first.append(helper.make_node("Mul", [f"{name}.float", f"{name}.scale"], [name], name=f"{name}.dequantise"))
    nodes = first + list(graph.node)
    del graph.node[:]
    graph.node.extend(nodes)


def parameters(path: Path) -> dict[str, np.ndarray]:
    """Parameter name -> fp32 value of a bundled file: the way back into PyTorch."""
    arrays = {t.name: numpy_helper.to_array(t) for t in onnx.load(path).graph.initializer}
    for name in [n.removesuffix(".int8") for n in arrays if n.endswith(".int8")]:
        arrays[name] = arrays.pop(f"{name}.int8").astype(np.float32) * arrays.pop(f"{name}.scale")
    for name in [n.removesuffix(".half") for n in arrays if n.endswith(".half")]:
        arrays[name] = arrays.pop(f"{name}.half").astype(np.float32)
    return {name.removesuffix(".T"): array.T.copy() if name.endswith(".T") else array for name, array in arrays.items()}
