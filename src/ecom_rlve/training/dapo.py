"""DAPO on TRL's `GRPOTrainer`: draws when the step comes, dynamic sampling on the outcome, who spoke which token.

Reads no config file. What DAPO (arXiv 2503.14476) asks for and where it is: clip higher, no KL, token-level loss and
masked truncation are arguments of `GRPOConfig`; soft overlong punishment is `adapters.trl.rewards.SoftOverlong`;
dynamic sampling is here. Departures from the paper: oversampled groups are dropped instead of kept for the next batch,
which would be off-policy; after `Sampling.most_rounds` rounds a batch is filled with masked groups instead of raising.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingTypeStubs=false
# (PyTorch, transformers, accelerate, datasets and TRL are typed in part)

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from accelerate.utils import gather_object
from datasets import Dataset
from trl.trainer.grpo_config import GRPOConfig
from trl.trainer.grpo_trainer import GRPOTrainer

from ecom_rlve.adapters.trl.environment import ShopEnvironment
from ecom_rlve.adapters.trl.rewards import SoftOverlong
from ecom_rlve.adapters.trl.spec import EcomSpec
from ecom_rlve.core.errors import SpecError
from ecom_rlve.curriculum.tally import is_effective
from ecom_rlve.training.config import Sampling
from ecom_rlve.training.filtering import Group, joined, silenced, split


class DapoTrainer(GRPOTrainer):
    """`GRPOTrainer` on an `EcomSpec`. Resuming, masks, loss and trackers are TRL's own."""

    def __init__(
        self,
        model: Any,  # Any: a model or its name, as TRL takes it
        args: GRPOConfig,
        spec: EcomSpec,
        sampling: Sampling | None = None,
        overlong: SoftOverlong | None = None,
        **more: Any,  # Any: TRL's own further arguments
    ) -> None:
        """Build the trainer.

        Args:
            model: As for `GRPOTrainer`.
            args: As for `GRPOTrainer`; data is not shuffled, since rows are drawn when their step comes.
            spec: The environments, with `groups` the groups of one generation batch over all processes.
            sampling: Dynamic sampling; DAPO's own by default.
            overlong: Soft overlong punishment; none by default.
            more: Tokenizer, adapters and so on.

        Raises:
            SpecError: The groups do not fill the batch, or a process would get a part of a group.
        """
        self.spec, self.sampling = spec, sampling or Sampling()
        args.shuffle_dataset = False
        self._tries = _checked_tries(args, spec)
        self._counting = spec.callbacks[0]
        # Any: TRL's lists and dicts take their own protocols only.
        rewards: list[Any] = [*spec.reward_funcs, *([overlong] if overlong else [])]
        factories: dict[str, Any] = dict(spec.environment_factory)
        super().__init__(
            model,
            rewards,
            args,
            train_dataset=Dataset.from_dict({"group": list(range(spec.steps * spec.groups))}),
            environment_factory=factories,
            callbacks=[self._counting, *more.pop("callbacks", [])],
            **more,
        )

    def _generate(self, prompts: list[Any]) -> Any:  # Any: TRL's tuple
        """Tell every environment how many tokens the assistant spoke, which its rewards do not learn from TRL."""
        out: Any = super()._generate(prompts)  # Any: TRL's tuple, whose third item is there whenever there are tools
        for environment, mask in zip(self._playing(), out[2], strict=True):
            environment.spoken = sum(mask)
        return out

    def _generate_and_score_completions(self, inputs: list[dict[str, Any]]) -> dict[str, Any]:
        """Play groups drawn now; the loader's rows tell only how many are wanted."""
        model: Any = self.model  # Any: a torch module, which TRL has by now
        if not model.training:
            return super()._generate_and_score_completions(inputs)
        wanted = len(inputs) // self._tries
        kept: list[Group] = []
        spare: list[Group] = []
        rounds = drawn = 0
        while rounds < (self.sampling.most_rounds if self.sampling.dynamic else 1):
            missing = wanted - min(gather_object([len(kept)]))
            if missing <= 0:
                break
            count = self.sampling.draws(missing)
            for group in self._round(count):
                (kept if group.effective or not self.sampling.dynamic else spare).append(group)
            rounds, drawn = rounds + 1, drawn + count
        self._note(rounds, drawn, len(kept), wanted)
        filling = [silenced(group) for group in spare[: max(0, wanted - len(kept))]]
        return self._batch([*kept[:wanted], *filling])

    def _round(self, count: int) -> list[Group]:
        """Generate and score `count` new groups a process, and return those of this process."""
        place, processes = int(self.accelerator.process_index), int(self.accelerator.num_processes)
        taken = self.spec.ledger.take(count * processes)
        self.spec.draw_all(taken)
        mine = taken[place * count : (place + 1) * count]
        rows = [self.spec.row(number) for number in mine for _ in range(self._tries)]
        batch = super()._generate_and_score_completions(rows)
        outcomes = [_outcome(environment) for environment in self._playing()]
        sizes = range(0, len(outcomes), self._tries)
        effective = [is_effective(outcomes[i : i + self._tries]) for i in sizes]
        return split(batch, mine, effective)

    def _batch(self, groups: Sequence[Group]) -> dict[str, Any]:
        pad: Any = self._tokenizer.pad_token_id  # Any: typed as whatever a tokenizer's attribute may be
        batch: dict[str, Any] = dict(joined(groups, int(pad)))
        loss_tokens = (batch["completion_mask"] * batch["tool_mask"]).sum()
        everywhere: Any = self.accelerator.gather(loss_tokens)  # Any: accelerate gathers whatever it is given
        batch["num_items_in_batch"] = everywhere.sum()
        return batch

    def _note(self, rounds: int, drawn: int, kept: int, wanted: int) -> None:
        total: list[tuple[int, int, int]] = gather_object([(drawn, kept, wanted)])
        numbers = {
            "sampling_rounds": float(rounds),
            "groups_drawn": float(sum(d for d, _, _ in total)),
            "groups_effective": float(sum(k for _, k, _ in total)),
            "groups_filled_up": float(sum(max(0, w - k) for _, k, w in total)),
        }
        for name, value in numbers.items():
            self._metrics["train"][f"ecom/{name}"].append(value)
        self._counting.extra = numbers

    def _playing(self) -> list[ShopEnvironment]:
        assert self.environments is not None, "TRL hands out environments before it generates"
        return self.environments


def _outcome(environment: ShopEnvironment) -> bool | None:
    assert environment.shell is not None, "it was reset"
    verdict = environment.shell.episode.verdict
    if verdict is None:
        return False
    return None if verdict.reward.total is None else verdict.is_correct


def _checked_tries(args: GRPOConfig, spec: EcomSpec) -> int:
    """Return G, or raise SpecError where the batch of a process is not made of whole groups, or not of `spec`'s."""
    tries, processes = int(args.num_generations or 1), int(args.world_size)
    rows = args.per_device_train_batch_size * int(args.steps_per_generation or 1)
    if rows % tries:
        raise SpecError(
            f"per_device_train_batch_size × steps_per_generation must be whole groups of {tries}, got "
            f"{args.per_device_train_batch_size} × {args.steps_per_generation}"
        )
    groups = rows * processes // tries
    if groups != spec.groups:
        raise SpecError(f"a generation batch holds {groups} groups over {processes} processes, not {spec.groups}")
    return tries
