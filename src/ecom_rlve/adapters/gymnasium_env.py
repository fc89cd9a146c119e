"""Gymnasium: `gymnasium.make("EcomRLVE/CartBuilding-v0")`, text in and text out, once this module is imported.

Knows no task: every registered one becomes an id. An action is the JSON text of one turn, an observation what is new
since then. The system prompt is in the `info` of `reset`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final, Literal

import gymnasium
from gymnasium.spaces import Space

from ecom_rlve.catalog.catalog import Catalog
from ecom_rlve.core.seeds import is_eval_seed
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.env.env import Env
from ecom_rlve.env.episode import Verdict
from ecom_rlve.env.reward import Preset
from ecom_rlve.tasks.registry import all_tasks

NAMESPACE: Final = "EcomRLVE"
Split = Literal["train", "eval"]
_SAMPLES: Final = (
    '{"assistant_message":"What are you looking for?","tool_calls":[],"answer":null}',
    '{"assistant_message":"","tool_calls":[{"name":"datetime.now","args":{}}],"answer":null}',
    '{"assistant_message":"","tool_calls":[{"name":"user.get_visit_history","args":{}}],"answer":null}',
    '{"assistant_message":"","tool_calls":[{"name":"cart.view","args":{}}],"answer":null}',
)


class AnyText(Space[str]):
    """All texts. Samples are legal turns that look or ask, so that a random agent plays on instead of breaking off."""

    def __init__(self, seed: int | None = None) -> None:
        super().__init__(shape=None, dtype=None, seed=seed)

    def sample(self, mask: Any | None = None, probability: Any | None = None) -> str:  # Any: Gymnasium's signature
        """Return one of a few legal turns; masks are not supported."""
        if mask is not None or probability is not None:
            raise ValueError("AnyText has nothing to mask")
        return _SAMPLES[int(self.np_random.integers(len(_SAMPLES)))]

    def contains(self, x: Any) -> bool:  # Any: Gymnasium's signature
        """Whether `x` is a text."""
        return isinstance(x, str)

    @property
    def is_np_flattenable(self) -> bool:
        """Texts are no arrays."""
        return False

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AnyText)

    def __hash__(self) -> int:
        return hash(AnyText)

    def __repr__(self) -> str:
        return "AnyText()"


class EcomEnv(gymnasium.Env[str, str]):
    """One environment at one difficulty; another with every `reset`."""

    metadata: dict[str, Any] = {"render_modes": ["ansi"], "render_fps": 1}  # noqa: RUF012 (Gymnasium declares it so)

    def __init__(
        self,
        env: str = "cart_building-v0",
        difficulty: int = 0,
        *,
        split: Split = "train",
        axes: Mapping[str, float] | None = None,
        catalog: Catalog | None = None,
        preset: Preset = "gated",
        render_mode: str | None = None,
    ) -> None:
        """Make it; no episode begins before `reset`.

        Args:
            env: Versioned environment name.
            difficulty: Of episodes whose `reset` names no other.
            split: From which seeds a `reset` without a seed draws.
            axes: Single axes that are set.
            catalog: Whose products; the embedded one of 20,000 by default.
            preset: How the reward is composed.
            render_mode: "ansi" or None.
        """
        self.action_space: Space[str] = AnyText()
        self.observation_space: Space[str] = AnyText()
        self.render_mode = render_mode
        self.split: Split = split
        self._named = EpisodeSpec(env, difficulty, 0, axes or {})
        self._shell = Env(catalog, preset=preset)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[str, dict[str, Any]]:  # Any: Gymnasium's signature
        """Begin an episode.

        Args:
            seed: The episode's seed itself, of whichever split; None draws one of the environment's split.
            options: "difficulty" (int), "axes" (name to value), or "spec", a whole name that overrides all else.

        Raises:
            SpecError: An unknown option, environment, difficulty or axis.
        """
        super().reset(seed=seed)
        spec = self._spec(seed, dict(options or {}))
        observation, info = self._shell.reset(spec)
        return observation.text(), {**info, "system_prompt": self._shell.system_prompt(), **_NOTHING_YET}

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:  # Any: Gymnasium's signature
        """Play one turn.

        An episode that a fault of ours made invalid is truncated with reward 0.0 and `info["invalid"]`: leave it out.
        """
        step = self._shell.step(action)
        text = step.observation.text()
        verdict = self._shell.episode.verdict
        if verdict is None:
            return text, 0.0, False, False, dict(_NOTHING_YET)
        invalid = step.reward is None
        return text, step.reward or 0.0, step.terminated and not invalid, step.truncated or invalid, _told(verdict)

    def render(self) -> str | None:  # pyright: ignore[reportIncompatibleMethodOverride] (Gymnasium's is generic)
        """Return the dialogue so far in "ansi" mode, else None."""
        if self.render_mode != "ansi":
            return None
        return "\n\n".join(f"{m['role']}: {m['content']}" for m in self._shell.messages()[1:])

    def _spec(self, seed: int | None, options: dict[str, Any]) -> EpisodeSpec:  # Any: the caller's
        whole = options.pop("spec", None)
        difficulty = options.pop("difficulty", self._named.difficulty)
        axes = options.pop("axes", self._named.axes)
        if options:
            raise ValueError(f"unknown option {next(iter(options))!r}: known are spec, difficulty, axes")
        if whole is not None:
            return whole if isinstance(whole, EpisodeSpec) else EpisodeSpec.parse(str(whole))
        return EpisodeSpec(self._named.env, difficulty, self._drawn() if seed is None else seed, axes)

    def _drawn(self) -> int:
        """Return a seed of the split."""
        while True:
            seed = int(self.np_random.integers(2**32))  # pyright: ignore[reportUnknownArgumentType] (NumPy's stubs)
            if is_eval_seed(seed) == (self.split == "eval"):
                return seed


_NOTHING_YET: Final[Mapping[str, Any]] = {"is_correct": False, "cause": "", "end": "", "invalid": False}


def _told(verdict: Verdict) -> dict[str, Any]:  # Any: Gymnasium's info
    """Return a verdict as flat values, which vector environments can stack."""
    parts = {k: v for k, v in asdict(verdict.reward).items() if k not in ("total", "parts")}
    return {
        "is_correct": verdict.is_correct,
        "cause": verdict.cause,
        "end": verdict.end,
        "invalid": verdict.reward.total is None,
        "reward_parts": parts,
    }


def gymnasium_id(name: str, version: int) -> str:
    """Return the id within the namespace, e.g. "CartBuilding-v0" of ("cart_building", 0)."""
    return f"{''.join(part.capitalize() for part in name.split('_'))}-v{version}"


def register() -> None:
    """Register every environment; done when this module is imported, and again nothing new."""
    for task in all_tasks().values():
        name = f"{NAMESPACE}/{gymnasium_id(task.name, task.version)}"
        if name not in gymnasium.registry:
            gymnasium.register(  # pyright: ignore[reportUnknownMemberType] (Gymnasium leaves a dict untyped)
                name,
                entry_point="ecom_rlve.adapters.gymnasium_env:EcomEnv",
                kwargs={"env": f"{task.name}-v{task.version}"},
                order_enforce=True,
            )


register()
