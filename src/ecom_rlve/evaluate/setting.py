"""What is evaluated, and on what: a suite, an agent or a model, a shop, and the processes that play.

Knows no run: two settings with one identity are the same run, however fast either is.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import cast

import ecom_rlve
from ecom_rlve.agents.model.endpoint import Endpoint
from ecom_rlve.agents.registry import agent_named, player_named
from ecom_rlve.core.views import Json
from ecom_rlve.env.reward import Preset
from ecom_rlve.evaluate.playable import playable
from ecom_rlve.evaluate.runs import Shop
from ecom_rlve.evaluate.suites import Suite

DEFAULT_SHOP = Shop()


@dataclass(frozen=True, slots=True)
class Setting:
    """What is evaluated, and on what."""

    suite: Suite
    agent: str
    """A built-in agent, or what a model is to be called."""
    shop: Shop = DEFAULT_SHOP
    preset: Preset = "gated"
    endpoint: Endpoint | None = None
    """Where the model is; None for a built-in agent."""
    voice: Endpoint | None = None
    """The model that words what the customer says; None: the phrase grammar does."""
    workers: int = 1
    """Processes of a built-in agent, or CPUs of a Ray cluster that is started here."""
    ray: str | None = None
    """Address of a Ray cluster to play on, empty for one on this machine; None: no Ray."""

    def __post_init__(self) -> None:
        if self.endpoint is None:
            (player_named if self.voice is None else agent_named)(self.agent)

    @property
    def played(self) -> Suite:
        """The suite as it is played: what a built-in agent can play, once, for it does the same at every trial."""
        if self.endpoint:
            return self.suite
        able = self.suite if self.suite.envs else replace(self.suite, envs=playable(self.agent, self.suite.env_names))
        return able if self.voice else replace(able, trials=1)

    def identity(self) -> dict[str, Json]:
        """Return what makes two runs the same one. How fast it goes and what it costs is no part of it."""
        suite = {**asdict(self.played), "envs": list(self.played.env_names)}
        return {
            "suite": cast("Json", suite),
            "agent": self.agent,
            "endpoint": _endpoint(self.endpoint),
            "voice": _endpoint(self.voice),
            "catalog": {**self.shop.json(), "fingerprint": self.shop.open().fingerprint},
            "preset": self.preset,
            "version": ecom_rlve.__version__,
        }


def _endpoint(endpoint: Endpoint | None) -> Json:
    if endpoint is None:
        return None
    sampling = {name: value for name, value in asdict(endpoint.sampling).items() if value not in (None, {})}
    return {"url": endpoint.url, "model": endpoint.model, "style": endpoint.style, "sampling": sampling}
