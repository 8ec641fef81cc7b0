"""Positional heads to start from ("mimetic" initialisation; Trockman & Kolter 2023).

Small models spend a large part of a short run on finding out which token is their neighbour. So the first `SPACE` dimensions start as
sinusoids of the position, and a few heads of the first layer start with queries turned by a fixed offset: they look at a neighbour from the
first step on. Everything stays trainable. The model cards say so, because such heads were planted and not found.
"""

import torch

SPACE = 32  # one head's width: 16 frequencies, a cosine and a sine each
FREQUENCIES = torch.logspace(-1.3, 0.4, SPACE // 2)


def sinusoids(count: int, shift: int = 0) -> torch.Tensor:
    angle = (torch.arange(count) + shift)[:, None] * FREQUENCIES[None]
    return torch.cat([angle.cos(), angle.sin()], dim=1)


def rotation(offset: int) -> torch.Tensor:
    """The matrix that takes the sinusoid of position i to that of position i + offset."""
    cos, sin = (FREQUENCIES * offset).cos().diag(), (FREQUENCIES * offset).sin().diag()
    return torch.cat([torch.cat([cos, -sin], 1), torch.cat([sin, cos], 1)], 0)


@torch.no_grad()
def seed_embeddings(words: torch.Tensor, positions: torch.Tensor, share: float = 0.3) -> None:
    """Clears the positional dimensions of the words and fills those of the positions with `share` of the length."""
    words[:, :SPACE] = 0
    length = words.norm(dim=1).mean()
    positions.mul_(0.2)
    positions[:, :SPACE] = sinusoids(len(positions)) * length * (share / (1 - share)) ** 0.5 / (SPACE // 2) ** 0.5


@torch.no_grad()
def seed_head(query: torch.Tensor, key: torch.Tensor, head: int, offset: int, strength: float = 1.0) -> None:
    """`query`, `key`: weights as (out, in). The head attends to position + offset."""
    rows = slice(head * SPACE, (head + 1) * SPACE)
    for weight, turn in ((query, rotation(offset)), (key, torch.eye(SPACE))):
        weight[rows] *= 0.1
        weight[rows, :SPACE] = turn * strength
