"""Writes models/manifest.json: every bundled file with its size and SHA-256. `python manifest.py [models]`."""

import hashlib
import json
import sys
from datetime import date
from pathlib import Path

FAMILIES = {"pocket-bert": "bert", "pocket-gpt2": "gpt2", "pocket-t5": "t5"}


def describe(folder: Path, root: Path) -> dict:
    paths = sorted(p for p in folder.rglob("*") if p.is_file())
    files = [{"path": p.relative_to(root).as_posix(), "size": p.stat().st_size, "sha256": hashlib.sha256(p.read_bytes()).hexdigest()} for p in paths]
    training = json.loads((folder / "training.json").read_text())
    return {"id": folder.name, "family": FAMILIES[folder.name], "license": "MIT", "parameters": training["parameters"],
            "trainedTokens": training["tokens"], "date": date.today().isoformat(), "files": files}


def main() -> None:
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent.parent
    models = [describe(root / name, root) for name in FAMILIES if (root / name / "training.json").exists()]
    (root / "manifest.json").write_text(json.dumps({"models": models}, indent=1) + "\n")
    for model in models:
        print(model["id"], sum(f["size"] for f in model["files"]), "bytes")


if __name__ == "__main__":
    main()
