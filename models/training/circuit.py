"""An induction circuit to start from (Olsson et al. 2022), for GPT-2.

A head of the first layer looks one token back and writes down a code of what it sees; a head of the second compares that note with the code of
its own token, so that it finds the place after the token's last occurrence, and copies what stands there. Such circuits form by themselves after
millions of tokens of repeats; here a short run starts with one and keeps what helps. The model card says that it was planted.

Codes are linear in the word's vector: 32 random directions of the whitened embedding. What reads and writes them is fitted by ridge regression to
the model's own activations on random tokens, so that layer norms and what other heads write are taken into account.
"""

import torch

import seeds

WIDTH = seeds.SPACE  # one head's width
MATCH = 24.0  # score of a match, after the division by the root of the width
LOUDNESS = 4.0  # of the note, against what goes on in its directions anyway
STEEPNESS = 40.0  # score of the previous position at the least, against others


@torch.no_grad()
def plant_induction(model, previous: int = 0, induction: int = 7, seed: int = 3, rows: int = 24, length: int = 96) -> None:
    """`previous` is the head of layer 0, `induction` that of layer 1. Changes these two heads and nothing else."""
    pick = torch.Generator().manual_seed(seed)
    words = model.transformer.wte.weight
    ids = torch.randint(1, len(words), (rows, length), generator=pick)
    first, second = model.transformer.h[0], model.transformer.h[1]
    codes = codes_of(words, ids, entered(model, second, ids))
    here, before = codes[ids][:, 1:], codes[ids][:, :-1]
    entering = entered(model, first, ids)
    look_back(first, model.transformer.wpe.weight, entering, previous)
    write(first.attn, previous, "value", *fitted(entering[:, 1:], here))
    project(first.attn, previous, quiet(stream(model, first, ids)) * LOUDNESS)

    entering = entered(model, second, ids)[:, 1:]
    sharp = (MATCH * WIDTH**0.5 / WIDTH) ** 0.5
    for name, target in (("query", here), ("key", before), ("value", here)):
        weight, bias = fitted(entering, target)
        factor = 1.0 if name == "value" else sharp
        write(second.attn, induction, name, weight * factor, bias * factor)
    back = torch.linalg.lstsq(codes, words - words.mean(0)).solution  # code -> word, as far as 32 directions tell
    final = stream(model, model.transformer.h[-1], ids).norm(dim=-1).mean() / words.shape[1] ** 0.5
    project(second.attn, induction, back / back.norm(dim=1, keepdim=True).mean() * final * 2.0)


def quiet(written: torch.Tensor) -> torch.Tensor:
    """The 32 directions of the stream in which least is going on, each as long as its standard deviation times the width's root: room for notes."""
    flat = written.flatten(0, 1)
    values, vectors = torch.linalg.eigh((flat - flat.mean(0)).T @ (flat - flat.mean(0)) / len(flat))
    return vectors[:, :WIDTH].T * values[:WIDTH].sqrt().mean()


def codes_of(words: torch.Tensor, ids: torch.Tensor, entering: torch.Tensor) -> torch.Tensor:
    """[words, 32]: the directions of the whitened embedding that can still be read best where the second layer reads, of unit variance."""
    centred = words - words.mean(0)
    values, vectors = torch.linalg.eigh(centred.T @ centred / len(words))
    white = centred @ vectors / (values + 0.01 * values.mean()).sqrt()
    weight, bias = fitted(entering, white[ids])
    read = (entering @ weight + bias).flatten(0, 1)
    _, best = torch.linalg.eigh((read - read.mean(0)).T @ (read - read.mean(0)))
    codes = white @ best[:, -WIDTH:]
    return (codes - codes.mean(0)) / codes.std(0)


def fitted(x: torch.Tensor, target: torch.Tensor, ridge: float = 0.01) -> tuple[torch.Tensor, torch.Tensor]:
    """Weight (in, out) and bias of the linear map that takes `x` to `target` best."""
    x, target = x.flatten(0, 1), target.flatten(0, 1)
    mean, aim = x.mean(0), target.mean(0)
    gram = (x - mean).T @ (x - mean)
    weight = torch.linalg.solve(gram + ridge * gram.diagonal().mean() * torch.eye(len(gram)), (x - mean).T @ (target - aim))
    return weight, aim - mean @ weight


def look_back(block, positions: torch.Tensor, entering: torch.Tensor, head: int) -> None:
    """Queries that meet the key of the position before: both fitted to sinusoids, the query's turned back by one."""
    length = entering.shape[1]
    waves = seeds.sinusoids(length)
    turned = seeds.sinusoids(length, -1)
    for name, target in (("query", turned), ("key", waves)):
        weight, bias = fitted(entering, target.expand(len(entering), -1, -1))
        factor = (STEEPNESS * WIDTH**0.5 / (WIDTH / 2)) ** 0.5
        write(block.attn, head, name, weight * factor, bias * factor)


def entered(model, block, ids: torch.Tensor) -> torch.Tensor:
    """What the attention of a block reads, after its layer norm: [rows, tokens, width]."""
    found = []
    hook = block.attn.register_forward_pre_hook(lambda _, args, kwargs: found.append(args[0] if args else kwargs["hidden_states"]), with_kwargs=True)
    model.transformer(ids)
    hook.remove()
    return found[0]


def stream(model, block, ids: torch.Tensor) -> torch.Tensor:
    """The residual stream behind a block."""
    found = []
    hook = block.register_forward_hook(lambda _, __, out: found.append(out[0] if isinstance(out, tuple) else out))
    model.transformer(ids)
    hook.remove()
    return found[0]


def write(attention, head: int, name: str, weight: torch.Tensor, bias: torch.Tensor) -> None:
    start = ("query", "key", "value").index(name) * attention.embed_dim + head * WIDTH
    attention.c_attn.weight[:, start:start + WIDTH] = weight
    attention.c_attn.bias[start:start + WIDTH] = bias


def project(attention, head: int, rows: torch.Tensor) -> None:
    """What a head writes into the stream for each of its 32 values."""
    attention.c_proj.weight[head * WIDTH:(head + 1) * WIDTH] = rows
