"""The studio as a Hugging Face Space. Everything it does is in the package; here it only learns where to listen."""

import os
from pathlib import Path

from ecom_rlve.apps.studio.app import Studio, serve
from ecom_rlve.evaluate.runs import Shop

if __name__ == "__main__":
    serve(Studio(Shop(), Path(__file__).parent / "runs"), "0.0.0.0", int(os.environ.get("PORT", "7860")))
