"""BertViz's model view and head view of given weights, as HTML files: python bertviz_pages.py weights.bin tokens.json out"""
import json
import sys

import torch
from bertviz import head_view, model_view

weights, tokens, out = sys.argv[1:4]
with open(tokens, encoding="utf-8") as file:
    names = json.load(file)
layers, heads, length = 12, 12, len(names)
values = torch.from_file(weights, size=layers * heads * length * length, dtype=torch.float32)
attention = list(values.reshape(layers, 1, heads, length, length))
views = {"model": model_view, "head": head_view} if "--head-only" not in sys.argv else {"head": head_view}
for name, view in views.items():
    page = view(attention, names, html_action="return")
    with open(f"{out}/{name}-{length}.html", "w", encoding="utf-8") as file:
        # As a notebook does: the loader first, which the returned HTML leaves to its page.
        loader = '<script src="https://cdnjs.cloudflare.com/ajax/libs/require.js/2.3.6/require.min.js"></script>'
        file.write(f"<!doctype html><meta charset='utf-8'>{'' if 'require.min.js' in page.data else loader}{page.data}")
