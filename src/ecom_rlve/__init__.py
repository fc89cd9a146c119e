"""Ecom-RLVE: verifiable environments in which a language-model agent serves a simulated customer of an online shop."""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from ecom_rlve.core.spec import EpisodeSpec
    from ecom_rlve.env.env import AsyncEnv, Env

__all__ = ["AsyncEnv", "Env", "EpisodeSpec", "__version__"]


def __getattr__(name: str) -> object:
    """Import what is exported only when it is asked for: `import ecom_rlve` costs nothing."""
    if name == "EpisodeSpec":
        from ecom_rlve.core.spec import EpisodeSpec  # noqa: PLC0415 (lazy on purpose)

        return EpisodeSpec
    if name in ("Env", "AsyncEnv"):
        from ecom_rlve.env import env  # noqa: PLC0415 (lazy on purpose)

        return getattr(env, name)
    raise AttributeError(f"module 'ecom_rlve' has no attribute {name!r}")
