"""verl's agent loop over an episode: text out of the model, chat messages into it, masks and reward at the end.

Knows no curriculum of its own: what is played, a shared ledger says. NOT RUN: written against the source of verl 0.9.1,
against which it is typed; neither this loop nor a training has been tried. See configs/verl/ for the trainer's side.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false
# (verl is typed in part; checked against the source of 0.9.1)

from __future__ import annotations

from dataclasses import dataclass, field
from time import perf_counter
from typing import Any
from uuid import uuid4

from verl.experimental.agent_loop.agent_loop import AgentLoopBase, AgentLoopMetrics, AgentLoopOutput

from ecom_rlve.adapters.text import TextEpisode
from ecom_rlve.adapters.trl.rewards import punishment
from ecom_rlve.adapters.verl_ledger import Drawn, shared
from ecom_rlve.catalog.catalog import embedded, open_catalog
from ecom_rlve.core.spec import EpisodeSpec
from ecom_rlve.curriculum.curriculum import Draw
from ecom_rlve.curriculum.progress import Played, weighted_parts
from ecom_rlve.env.episode import Reward


@dataclass
class _Talk:
    """The tokens of one episode as they grow."""

    ids: list[int]
    prompt: int = 0
    mask: list[int] = field(default_factory=list[int])
    """1 for tokens of the model, 0 for what it was told, behind the prompt."""
    logprobs: list[float] | None = None
    generating: float = 0.0
    """Seconds spent waiting for the model."""
    turns: int = 0
    request: str = field(default_factory=lambda: uuid4().hex)
    """All turns of an episode go to the same server, which has its prefix cached."""


class EcomAgentLoop(AgentLoopBase):  # pyright: ignore[reportUntypedBaseClass] (verl ships no types)
    """One episode. The rows of the data set hold nothing but their number; `uid` names the group."""

    def __init__(
        self,
        *args: Any,
        ledger: dict[str, Any] | None = None,
        catalog: str = "",
        overlong: tuple[int, int] | None = None,
        **kwargs: Any,
    ) -> None:
        """Take verl's own arguments, and those of `configs/verl/agent_loop.yaml`.

        Args:
            args: verl's.
            ledger: Arguments of `SharedLedger`.
            catalog: A catalogue's folder; the embedded one if empty.
            overlong: (longest, cache) of DAPO's soft punishment, in tokens of the assistant; none if left out.
            kwargs: verl's.
        """
        super().__init__(*args, **kwargs)
        self.ledger_settings = dict(ledger or {})
        self.overlong = None if overlong is None else (int(overlong[0]), int(overlong[1]))
        self.catalog = open_catalog(catalog) if catalog else embedded()
        self.response_length = int(self.rollout_config.response_length)

    async def run(self, sampling_params: dict[str, Any], **kwargs: Any) -> Any:  # Any: verl's AgentLoopOutput
        """Play one try of a group.

        Raises:
            RuntimeError: The episode is invalid through a fault of ours: verl drops the group and draws another.
        """
        # A row that names an episode is for evaluation, and moves no curriculum.
        named = (kwargs.get("extra_info") or {}).get("episode")
        ledger = None if named else shared(**self.ledger_settings)
        drawn = Drawn(-1, str(named), "", 0) if ledger is None else await ledger.draw.remote(str(kwargs["uid"]))
        begun = perf_counter()
        episode = TextEpisode(drawn.spec, style="native", catalog=self.catalog)
        seconds = perf_counter() - begun
        talk = _Talk(await self.ct_build_initial_tokens(list(episode.prompt), tools=episode.tools))
        talk.prompt = len(talk.ids)
        while True:
            text = await self._generate(talk, sampling_params)
            before, begun = len(episode.messages), perf_counter()
            step = episode.step(text)
            seconds += perf_counter() - begun
            if step.done or len(talk.mask) >= self.response_length or not await self._hear(talk, episode, before):
                break
        one = self._played(episode, drawn, seconds)
        if ledger is not None:
            await ledger.report.remote(one)
        if one.reward.total is None:
            raise RuntimeError(f"{drawn.spec} is invalid through a fault of ours")
        return self._output(talk, one)

    async def _generate(self, talk: _Talk, sampling_params: dict[str, Any]) -> str:
        """Let the model speak once; return its text."""
        begun = perf_counter()
        out = await self.server_manager.generate(
            request_id=talk.request, prompt_ids=talk.ids, sampling_params=sampling_params
        )
        talk.generating += perf_counter() - begun
        given = out.log_probs or None
        logprobs = [] if talk.logprobs is None and given else talk.logprobs
        merged, talk.mask, talk.logprobs = await self.ct_merge_assistant_token(
            talk.ids, out.token_ids, talk.mask, logprobs, assistant_logprobs=given
        )
        talk.ids, talk.turns = merged.token_ids, talk.turns + 1
        tokenizer: Any = self.tokenizer  # Any: verl names the factory, not what it makes
        return str(tokenizer.decode(out.token_ids)).removesuffix(str(tokenizer.eos_token))

    async def _hear(self, talk: _Talk, episode: TextEpisode, before: int) -> bool:
        """Put what the shop and the customer said behind the model's words; return whether there was room for it."""
        said = list(episode.messages)
        merged, mask, logprobs = await self.ct_merge_context_msg(
            said[: before + 1], said, talk.ids, talk.mask, talk.logprobs, tools=episode.tools
        )
        if len(mask) >= self.response_length:
            return False
        talk.ids, talk.mask, talk.logprobs = merged.token_ids, mask, logprobs
        return True

    def _played(self, episode: TextEpisode, drawn: Drawn, seconds: float) -> Played:
        """Return what came of the try; one that has no room left is worth -1, as much as a hard failure."""
        draw = Draw(EpisodeSpec.parse(drawn.spec), drawn.track, drawn.level)
        verdict = episode.env.episode.verdict
        if verdict is None:
            turns = len(episode.env.episode.turns)
            return Played(drawn.group, draw, Reward(-1.0, -1.0, -1.0, turns=turns), False, "cut_off", seconds)
        correct = None if verdict.reward.total is None else verdict.is_correct
        return Played(drawn.group, draw, verdict.reward, correct, verdict.cause, seconds)

    def _output(self, talk: _Talk, one: Played) -> Any:  # Any: verl's AgentLoopOutput
        room, parts = self.response_length, weighted_parts(one.reward)
        mask, score = talk.mask[:room], parts["total"]
        if self.overlong is not None:
            score += punishment(sum(mask), *self.overlong)
        # `acc` is what algorithm.filter_groups looks at: groups are kept by their outcomes, not by their rewards.
        info = {"acc": float(bool(one.correct)), **{f"reward_{name}": value for name, value in parts.items()}}
        return AgentLoopOutput(
            prompt_ids=talk.ids[: talk.prompt],
            response_ids=talk.ids[talk.prompt :][:room],
            response_mask=mask,
            response_logprobs=talk.logprobs[:room] if talk.logprobs else None,
            reward_score=score,
            num_turns=2 * talk.turns,
            metrics=AgentLoopMetrics(generate_sequences=talk.generating, tool_calls=one.seconds),
            extra_fields={"reward_extra_info": info, "turn_scores": [], "tool_rewards": []},
        )
