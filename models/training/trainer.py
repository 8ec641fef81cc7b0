"""What the three trainers share: optimisers, the warm-up/stable/decay schedule, checkpoints, the log, and the clock."""

import json
import math
import os
import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Iterator

import numpy as np
import torch

# Polar Express coefficients (Amsel et al. 2025): four different steps reach further than four equal ones.
NEWTON_SCHULZ = [(8.2872, -23.5959, 17.3004), (4.1071, -2.9478, 0.5448), (3.9487, -2.9089, 0.5518), (3.3184, -2.4885, 0.5100)]


def orthogonalise(update: torch.Tensor) -> torch.Tensor:
    """Newton-Schulz iteration on a batch of matrices (rows <= columns), the heart of Muon (Jordan et al. 2024)."""
    x = update / (update.norm(dim=(-2, -1), keepdim=True) * 1.02 + 1e-7)
    for a, b, c in NEWTON_SCHULZ:
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x


# The side of a matrix that is cut for Muon, and the size of a piece: an attention head has 32 rows (or columns), of a feed-forward layer we take 64 units.
# Conv1D of GPT-2 keeps its weight transposed, so its sides are the other way round.
PIECES = [
    (r"(\.q|\.k|\.v|query|key|value)\.weight$", 0, 32), (r"(\.o|attention\.output\.dense)\.weight$", 1, 32),
    (r"c_attn\.weight$", 1, 32), (r"attn\.c_proj\.weight$", 0, 32),
    (r"(\.wi|intermediate\.dense)\.weight$", 0, 64), (r"(\.wo|output\.dense)\.weight$", 1, 64),
    (r"c_fc\.weight$", 1, 64), (r"mlp\.c_proj\.weight$", 0, 64),
]


def pieces_of(name: str, shape: torch.Size) -> tuple[int, int]:
    """Axis and size of the pieces in which Muon treats a matrix; a matrix of no known kind is one piece."""
    for pattern, axis, size in PIECES:
        if re.search(pattern, name):
            return axis, size
    return 0, shape[0]


class Muon(torch.optim.Optimizer):
    """Momentum, orthogonalised head by head. For the two-dimensional weights inside the layers; everything else takes AdamW.

    Whole matrices cost as much as the forward and backward passes of a small batch; pieces of 32 rows cost a tenth, and no head's update
    depends on its neighbours'. The update has the Frobenius norm of whole-matrix Muon, so that the rates mean the same.
    """

    def __init__(self, named: list[tuple[str, torch.nn.Parameter]], lr: float = 0.02, momentum: float = 0.95, weight_decay: float = 0.01):
        super().__init__([parameter for _, parameter in named], {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})
        self.pieces = {parameter: pieces_of(name, parameter.shape) for name, parameter in named}

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            shapes: dict[tuple, list] = {}
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                state = self.state[parameter]
                buffer = state.setdefault("momentum", torch.zeros_like(parameter))
                buffer.lerp_(parameter.grad, 1 - group["momentum"])
                update = parameter.grad.lerp(buffer, group["momentum"])
                axis, size = self.pieces[parameter]
                stack = (update if axis == 0 else update.T).unflatten(0, (-1, size))
                stack = stack if stack.shape[1] <= stack.shape[2] else stack.mT
                shapes.setdefault(tuple(stack.shape[1:]), []).append((parameter, axis, stack))
            for (rows, _), items in shapes.items():
                updates = orthogonalise(torch.cat([stack for _, _, stack in items])).split([len(stack) for _, _, stack in items])
                for (parameter, axis, stack), update in zip(items, updates):
                    size = self.pieces[parameter][1]
                    update = (update if update.shape[1] == size else update.mT).flatten(0, 1)
                    high, wide = parameter.shape
                    norm = math.sqrt(min(high, wide) * max(1, high / wide) / (rows * len(stack)))
                    parameter.mul_(1 - group["lr"] * group["weight_decay"]).add_(update if axis == 0 else update.T, alpha=-group["lr"] * norm)


@dataclass
class Plan:
    """One run: how long, how fast, where. `seconds` is the wall clock; the last `decay` part of it takes the rate to zero."""

    folder: Path
    seconds: float
    adam: float = 2e-3
    muon: float = 0.02
    warmup: int = 60
    decay: float = 0.15
    save_every: float = 300.0
    log_every: float = 60.0
    seed: int = 0
    momentum: float = 0.95
    device: str = "cpu"  # "cuda" also computes in bf16; the CPUs this was written on have no fast bf16
    warm: Path | None = None  # bundled model the weights came from: its tokens and seconds are counted on


@dataclass
class Progress:
    """What a checkpoint remembers besides weights and optimiser state."""

    step: int = 0
    tokens: int = 0
    seconds: float = 0.0
    log: list[dict] = field(default_factory=list)


def optimisers(model: torch.nn.Module, plan: Plan, wide_rate: float = 1.0) -> list[torch.optim.Optimizer]:
    """Muon for matrices inside layers, AdamW for the rest; `wide_rate` multiplies the embedding's rate."""
    matrices, embeddings, rest = [], [], []
    for name, parameter in model.named_parameters():
        if "embed" in name or name.startswith(("shared", "transformer.wt")):
            embeddings.append(parameter)
        elif parameter.ndim == 2 and min(parameter.shape) >= 64 and "relative" not in name and "wpe" not in name:
            matrices.append((name, parameter))
        else:
            rest.append(parameter)
    adam = torch.optim.AdamW([{"params": embeddings, "lr": plan.adam * wide_rate}, {"params": rest, "lr": plan.adam}],
                             betas=(0.9, 0.98), eps=1e-9, weight_decay=0.0, fused=True)
    if plan.muon == 0:
        adam.add_param_group({"params": [parameter for _, parameter in matrices], "lr": plan.adam})
        return [adam]
    return [adam, Muon(matrices, lr=plan.muon, momentum=plan.momentum)]


def train(model: torch.nn.Module, plan: Plan, batches: Iterator, loss_of: Callable, wide_rate: float = 1.0,
          on_progress: Callable[[float], None] | None = None) -> Progress:
    """Runs until the time is up. `loss_of(batch) -> (loss, tokens)`. Saves `stable.pt` (resumable) before the decay and `final.pt` after."""
    model.to(plan.device)
    groups = optimisers(model, plan, wide_rate)
    progress = resume(model, groups, plan)
    base = [[g["lr"] for g in o.param_groups] for o in groups]
    start, decay_from = time.time(), plan.seconds * (1 - plan.decay)
    before, last_save, last_log, decaying, window = progress.seconds, start, start, False, []
    while (elapsed := time.time() - start) < plan.seconds:
        if elapsed >= decay_from and not decaying:
            decaying = True
            save(model, groups, progress, plan.folder / "stable.pt")
        factor = min(1.0, (progress.step + 1) / plan.warmup)
        if decaying:
            factor *= max(0.0, 1 - (elapsed - decay_from) / (plan.seconds - decay_from))
        for optimiser, rates in zip(groups, base):
            for group, rate in zip(optimiser.param_groups, rates):
                group["lr"] = rate * factor
        if on_progress:
            on_progress(elapsed / plan.seconds)
        batch = move(next(batches), plan.device)
        with torch.autocast(plan.device, dtype=torch.bfloat16, enabled=plan.device == "cuda"):
            loss, tokens = loss_of(batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimiser in groups:
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        progress.step += 1
        progress.tokens += tokens
        progress.seconds = before + time.time() - start
        window.append(loss.item())
        if time.time() - last_log > plan.log_every:
            entry = {"step": progress.step, "tokens": progress.tokens, "seconds": round(progress.seconds), "loss": round(float(np.mean(window)), 4),
                     "rate": round(factor, 3)}
            progress.log.append(entry)
            print(json.dumps(entry), flush=True)
            last_log, window = time.time(), []
        if not decaying and time.time() - last_save > plan.save_every:
            save(model, groups, progress, plan.folder / "stable.pt")
            last_save = time.time()
    save(model, groups, progress, plan.folder / "final.pt")
    return progress


def move(batch, device: str):
    """A tensor or a dictionary of tensors, on the device."""
    if isinstance(batch, dict):
        return {name: tensor.to(device, non_blocking=True) for name, tensor in batch.items()}
    return batch.to(device, non_blocking=True)


def save(model, groups, progress: Progress, path: Path) -> None:
    """Writes beside the old file, then replaces it: a killed run never leaves half a checkpoint."""
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"model": model.state_dict(), "optimisers": [o.state_dict() for o in groups], "progress": progress.__dict__}, f"{path}.tmp")
    os.replace(f"{path}.tmp", path)


def resume(model, groups, plan: Plan) -> Progress:
    """Continues from the run's own `stable.pt` if there is one, else counts on from the bundle the weights came from, else begins."""
    path = plan.folder / "stable.pt"
    if not path.exists():
        if not plan.warm:
            return Progress()
        past = json.loads((plan.warm / "training.json").read_text())
        return Progress(past["step"], past["tokens"], past["seconds"], past["log"])
    state = torch.load(path, weights_only=False, map_location=plan.device)
    model.load_state_dict(state["model"])
    for optimiser, saved in zip(groups, state["optimisers"]):
        rates = [g["lr"] for g in optimiser.param_groups]
        optimiser.load_state_dict(saved)
        for group, rate in zip(optimiser.param_groups, rates):
            group["lr"] = rate
    print(f"resumed {path} at step {state['progress']['step']}")
    return Progress(**state["progress"])


def common_arguments(arguments, budget: int, adam: float) -> None:
    """The options all three trainers have."""
    arguments.add_argument("--work", type=Path, required=True, help="the folder prepare_data.py wrote")
    arguments.add_argument("--run", type=Path, required=True, help="folder for checkpoints; a run with a stable.pt in it is continued")
    arguments.add_argument("--minutes", type=float, required=True)
    arguments.add_argument("--from", dest="warm", type=Path, help="bundled model folder to start from")
    arguments.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    arguments.add_argument("--budget", type=int, default=budget, help="tokens a step")
    arguments.add_argument("--muon", type=float, default=0.004, help="rate of the matrices")
    arguments.add_argument("--adam", type=float, default=adam, help="rate of everything else")
    arguments.add_argument("--decay", type=float, default=0.2, help="last part of the run, in which the rates go to zero")
    arguments.add_argument("--seed", type=int, default=0)


def plan_of(options) -> Plan:
    """Writes the options beside the checkpoints, and makes the plan of them."""
    options.run.mkdir(parents=True, exist_ok=True)
    (options.run / "options.json").write_text(json.dumps({name: str(value) for name, value in vars(options).items()}))
    return Plan(options.run, options.minutes * 60, adam=options.adam, muon=options.muon, decay=options.decay, seed=options.seed,
                device=options.device, warm=options.warm)


def threads() -> None:
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "2")))
    torch.set_flush_denormal(True)


def token_batches(lengths: np.ndarray, budget: int, seed: int) -> Iterator[np.ndarray]:
    """Endless batches of row numbers with about `budget` tokens each, rows of like length together."""
    pick = np.random.default_rng(seed)
    while True:
        order = pick.permutation(len(lengths))
        for pool in np.array_split(order, max(1, int(lengths.sum() / (budget * 64)))):
            pool = pool[np.argsort(lengths[pool], kind="stable")]
            batches, begin = [], 0
            for end in range(1, len(pool) + 1):
                if end == len(pool) or lengths[pool[end]] * (end + 1 - begin) > budget:
                    batches.append(pool[begin:end])
                    begin = end
            for i in pick.permutation(len(batches)):
                yield batches[i]


def window_counts(tokens: np.ndarray, size: int, window: int) -> np.ndarray:
    """How often two tokens stand within `window` of each other, nearer counting more."""
    counts = np.zeros(size * size, dtype=np.float32)
    ids = tokens.astype(np.int64)
    for distance in range(1, window + 1):
        counts += np.bincount(ids[:-distance] * size + ids[distance:], minlength=size * size).astype(np.float32) / distance
    counts = counts.reshape(size, size)
    return counts + counts.T


def count_vectors(tokens: np.ndarray, size: int, width: int, skip: int, scale: float) -> torch.Tensor:
    """A first embedding from counts. It spares the run the steps in which it would learn word classes."""
    return vectors_of(window_counts(tokens, size, 4), width, skip, scale)


def pair_vectors(source: np.ndarray, offsets: np.ndarray, target: np.ndarray, ends: np.ndarray, size: int, width: int, skip: int, scale: float) -> torch.Tensor:
    """The same for pairs: neighbours in each language, and the two sides of a pair."""
    counts = window_counts(source, size, 2) + window_counts(target, size, 2)
    across = np.zeros(size * size, dtype=np.float32)
    keys = []
    for i in range(len(offsets) - 1):
        s, t = source[offsets[i]:offsets[i + 1]].astype(np.int64), target[ends[i]:ends[i + 1]].astype(np.int64)
        keys.append((s[:, None] * size + t[None]).ravel())
    across += np.bincount(np.concatenate(keys), minlength=size * size).astype(np.float32)
    across = across.reshape(size, size)
    return vectors_of(counts + 0.5 * (across + across.T), width, skip, scale)


def vectors_of(counts: np.ndarray, width: int, skip: int, scale: float) -> torch.Tensor:
    """SVD of positive pointwise mutual information. The first `skip` ids are special tokens and keep random vectors."""
    size, row = len(counts), counts.sum(1) + 1e-6
    context = row**0.75
    context /= context.sum()
    with np.errstate(divide="ignore"):
        ppmi = np.maximum(0, np.log(counts + 1e-12) - np.log(row)[:, None] - np.log(context)[None, :])
    ppmi[counts < 1.0] = 0
    torch.manual_seed(0)
    u, s, _ = torch.svd_lowrank(torch.from_numpy(ppmi.astype(np.float32)), q=width, niter=3)
    vectors = u * s.sqrt()
    vectors = vectors / (vectors.norm(dim=1, keepdim=True) + 1e-6)
    # Rare tokens have unreliable counts: mix in noise so that no two start equal.
    noise = torch.randn(size, width)
    vectors = vectors + 0.3 * noise / noise.norm(dim=1, keepdim=True)
    vectors[:skip] = noise[:skip] / noise[:skip].norm(dim=1, keepdim=True)
    turn, _ = torch.linalg.qr(torch.randn(width, width))
    vectors = vectors @ turn  # spreads the leading directions over all heads' slices
    return vectors / vectors.norm(dim=1, keepdim=True) * scale * width**0.5
