"""Writes a bundle: `python export.py {bert,gpt2,t5} --checkpoint FILE --work DIR --out models/pocket-...`.

The ordinary TorchScript exporter of torch.onnx makes the graph; onnx_weights.py then renames, shares and stores as int8.
"""

import argparse
import json
import shutil
import tempfile
from pathlib import Path

import onnx
import torch
from transformers import BertConfig, BertForMaskedLM, GPT2Config, GPT2LMHeadModel, T5Config, T5ForConditionalGeneration

import onnx_weights

OPSET = 17
FAMILIES = {"bert": (BertConfig, BertForMaskedLM), "gpt2": (GPT2Config, GPT2LMHeadModel), "t5": (T5Config, T5ForConditionalGeneration)}
FILES = {"bert": ["model"], "gpt2": ["model"], "t5": ["encoder_model", "decoder_model"]}


def configuration(family: str) -> dict:
    """The config of the bundled model: the trained one, with the activation's ordinary name."""
    import train_bert
    import train_gpt2
    if family == "t5":
        import train_t5
        return dict(train_t5.CONFIG)
    config = dict({"bert": train_bert, "gpt2": train_gpt2}[family].CONFIG)
    return {**config, "activation_function": "gelu_new"} if family == "gpt2" else config


def empty_model(family: str, attention: str = "eager") -> torch.nn.Module:
    config, model = FAMILIES[family]
    return model(config(**configuration(family), attn_implementation=attention)).eval()


def load_bundled(model: torch.nn.Module, folder: Path) -> None:
    """Puts a bundle's weights into a PyTorch model (a warm start, or the reference the ONNX files are compared with)."""
    state = model.state_dict()
    values = {}
    for path in sorted(folder.glob("onnx/*.onnx")):
        values.update(onnx_weights.parameters(path))
    loaded = {name: torch.from_numpy(values[name]) for name in state if name in values and state[name].shape == values[name].shape}
    missing = set(model.load_state_dict(loaded, strict=False).missing_keys) - {"lm_head.weight", "cls.predictions.decoder.weight", "cls.predictions.decoder.bias",
                                                                                 "encoder.embed_tokens.weight", "decoder.embed_tokens.weight"}
    missing = {name for name in missing if not name.endswith(("position_ids", ".attn.bias", "masked_bias"))}
    if missing:
        raise ValueError(f"{folder} has no value for {sorted(missing)}")
    model.tie_weights()


class Graph(torch.nn.Module):
    """The call that is traced: tensors in, tensors out, no cache."""

    def __init__(self, model: torch.nn.Module, part: str):
        super().__init__()
        self.model, self.part = model, part

    def forward(self, *inputs: torch.Tensor):
        if self.part == "bert":
            ids, attention, types = inputs
            return self.model(input_ids=ids, attention_mask=attention, token_type_ids=types).logits
        if self.part == "gpt2":
            return self.model(input_ids=inputs[0], attention_mask=inputs[1], use_cache=False).logits
        if self.part == "encoder_model":
            return self.model.encoder(input_ids=inputs[0], attention_mask=inputs[1]).last_hidden_state
        attention, ids, hidden = inputs
        return self.model(decoder_input_ids=ids, encoder_outputs=(hidden,), attention_mask=attention, use_cache=False).logits


def trace(model: torch.nn.Module, family: str, part: str, path: Path) -> None:
    ids = torch.randint(5, 99, (2, 7))
    mask = torch.ones_like(ids)
    mask[1, 5:] = 0
    rows = {0: "batch_size", 1: "sequence_length"}
    source = {0: "batch_size", 1: "encoder_sequence_length"}
    if part == "decoder_model":
        names, inputs = ["encoder_attention_mask", "input_ids", "encoder_hidden_states"], (mask, ids[:, :4], torch.randn(2, 7, model.config.d_model))
        axes = {"encoder_attention_mask": source, "input_ids": {0: "batch_size", 1: "decoder_sequence_length"}, "encoder_hidden_states": source,
                "logits": {0: "batch_size", 1: "decoder_sequence_length"}}
        output, key = "logits", part
    else:
        names = ["input_ids", "attention_mask"] + (["token_type_ids"] if family == "bert" else [])
        inputs = (ids, mask, torch.zeros_like(ids))[:len(names)]
        output = "last_hidden_state" if part == "encoder_model" else "logits"
        axes = {name: rows for name in [*names, output]}
        key = part if part == "encoder_model" else family
    with torch.no_grad():
        torch.onnx.export(Graph(model, key), inputs, str(path), dynamo=False, opset_version=OPSET, input_names=names, output_names=[output],
                          dynamic_axes=axes)


def write_onnx(model: torch.nn.Module, family: str, part: str, out: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / "raw.onnx"
        trace(model, family, part, raw)
        exported = onnx.load(raw)
    onnx_weights.drop_identities(exported)
    onnx_weights.name_nodes(exported, "/model")
    onnx_weights.name_parameters(exported, model.state_dict(), "model.")
    embedding = {"bert": "bert.embeddings.word_embeddings.weight", "gpt2": "transformer.wte.weight", "t5": "shared.weight"}[family]
    if part != "encoder_model":
        onnx_weights.share_tied(exported, embedding)
    exported = onnx_weights.simplify(exported)
    onnx_weights.quantise(exported)
    exported.doc_string = "Weights are stored as int8 with one scale a row or as fp16; all arithmetic is fp32."
    onnx.checker.check_model(exported)
    out.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(exported, out)
    print(f"{out}: {out.stat().st_size / 1e6:.2f} MB")


def write_configs(model: torch.nn.Module, family: str, out: Path) -> None:
    model.config.architectures = [type(model).__name__]
    unused = ("id2label", "label2id", "is_decoder", "add_cross_attention", "chunk_size_feed_forward", "return_dict", "output_attentions")
    config = {k: v for k, v in model.config.to_dict().items() if v is not None and k not in unused and not k.startswith(("_", "summary_"))}
    (out / "config.json").write_text(json.dumps({**config, "dtype": "float32"}, indent=2, sort_keys=True) + "\n")
    if family == "bert":
        return
    generation = {k: v for k, v in model.generation_config.to_dict().items() if v is not None and k.endswith("_id")}
    if family == "gpt2":
        import eval_gpt2
        generation.update(eval_gpt2.SAMPLING)
    generation["max_length"] = config.get("n_positions", 128)
    (out / "generation_config.json").write_text(json.dumps(generation, indent=2) + "\n")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("family", choices=list(FAMILIES))
    arguments.add_argument("--checkpoint", type=Path, required=True)
    arguments.add_argument("--work", type=Path, required=True, help="the folder prepare_data.py wrote")
    arguments.add_argument("--out", type=Path, required=True)
    options = arguments.parse_args()
    saved = torch.load(options.checkpoint, weights_only=False, map_location="cpu")
    model = empty_model(options.family)
    model.load_state_dict(saved["model"])
    model.tie_weights()
    options.out.mkdir(parents=True, exist_ok=True)
    for part in FILES[options.family]:
        write_onnx(model, options.family, part, options.out / f"onnx/{part}.onnx")
    write_configs(model, options.family, options.out)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(options.work / options.family / name, options.out / name)
    progress = saved["progress"]
    parameters = sum(p.numel() for p in model.parameters())
    (options.out / "training.json").write_text(json.dumps({"parameters": parameters, **progress}, indent=1) + "\n")


if __name__ == "__main__":
    main()
