"""A sentence-transformers model written as an ONNX encoder: queries are then encoded faster, and without PyTorch.

Needs the extra `encoders` and the package onnx, and only where it is called.
"""
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportMissingImports=false, reportUntypedBaseClass=false

from __future__ import annotations

import json
import shutil
import warnings
from pathlib import Path
from typing import Any, Final

from ecom_rlve.catalog.encoders.encoder import Preset
from ecom_rlve.catalog.encoders.neural import required, weights
from ecom_rlve.core.errors import CatalogError

_OPSET: Final = 17
_INPUTS: Final = ("input_ids", "attention_mask")


def export(preset: Preset, folder: Path) -> Path:
    """Write the model of a preset to `folder`, as `onnx:FOLDER` reads it, and return the folder.

    Raises:
        CatalogError: The preset is no sentence-transformers model in a folder, or a library is missing.
    """
    source = Path(weights(preset))
    if preset.kind != "sentence" or not (source / "tokenizer.json").is_file():
        raise CatalogError(f"{preset.name} has no folder with weights and a tokenizer.json to export from")
    torch, transformers = required("torch", "encoders"), required("transformers", "encoders")
    required("onnx", "encoders")
    model = transformers.AutoModel.from_pretrained(str(source), attn_implementation="eager").eval()

    class Tokens(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:  # PyTorch's tensors
            return self.model(input_ids=input_ids, attention_mask=attention_mask, return_dict=True).last_hidden_state

    folder.mkdir(parents=True, exist_ok=True)
    example = torch.ones((2, 8), dtype=torch.int64)
    free = {0: "texts", 1: "tokens"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # The exporter warns of its own internals.
        torch.onnx.export(
            Tokens(),
            (example, example),
            str(folder / "model.onnx"),
            input_names=list(_INPUTS),
            output_names=["vectors"],
            dynamic_axes=dict.fromkeys((*_INPUTS, "vectors"), free),
            opset_version=_OPSET,
            dynamo=False,
        )
    shutil.copy(source / "tokenizer.json", folder / "tokenizer.json")
    settings = {"pooling": preset.pooling, "tokens": preset.tokens, "prefix": preset.prefix}
    (folder / "encoder.json").write_text(json.dumps(settings) + "\n", encoding="utf-8")
    return folder
