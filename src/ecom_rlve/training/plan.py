"""What a configuration would do, in words and numbers, before anything is loaded. Knows no trainer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ecom_rlve.training.config import TrainConfig
from ecom_rlve.training.memory import Memory, estimate, lora_parameters, parameters


@dataclass(frozen=True, slots=True)
class Plan:
    facts: Mapping[str, str]
    """What is said of the run, by topic."""
    memory: Memory
    room_gb: int
    """Memory of one GPU that the file was written for; 0 where there is none."""
    command: str
    """What starts it."""

    @property
    def fits(self) -> bool:
        """Whether the estimate is within the GPU's memory; a CPU is not judged."""
        return not self.room_gb or self.memory.total <= self.room_gb


def plan_of(config: TrainConfig, out: Path) -> Plan:
    """Return the plan of a run into the folder `out`."""
    environments, hardware, trainer = config.environments, config.hardware, config.trainer
    whole, steps = parameters(config.model), config.number("max_steps")
    trained = lora_parameters(config.model, int(config.lora["r"])) if config.lora else whole
    sampling, overlong = config.sampling, config.overlong
    at_most = config.groups * sampling.oversample * sampling.most_rounds if sampling.dynamic else config.groups
    facts = {
        "about": config.about,
        "files": " ← ".join(reversed(config.sources)),
        "model": f"{config.model.name}, {_count(whole)} parameters, {_count(trained)} of them trained",
        "environments": f"{environments.collection}, curriculum {environments.curriculum} from {environments.window}, "
        f"seed {environments.seed}, reward {environments.preset}",
        "batch": f"{config.groups} groups of {config.tries} = {config.groups * config.tries} episodes a step, "
        f"{config.processes} process{'es' if config.processes > 1 else ''}",
        "run": f"{steps} steps, {steps * config.groups * config.tries:,} episodes learned from",
        "dynamic sampling": f"{sampling.oversample} × what is wanted, up to {sampling.most_rounds} rounds, at most "
        f"about {at_most:.0f} groups a step"
        if sampling.dynamic
        else "off",
        "loss": f"{trainer.get('loss_type')}, clip {trainer.get('epsilon')} / {trainer.get('epsilon_high')}, KL "
        f"{trainer.get('beta')}, learning rate {trainer.get('learning_rate')}",
        "overlong": f"from {overlong.longest - overlong.cache} to {overlong.longest} tokens of the assistant"
        if overlong
        else "not punished",
        "out": str(out),
    }
    return Plan(facts, estimate(config), hardware.memory_gb if hardware.gpus else 0, command(config, out))


def command(config: TrainConfig, out: Path) -> str:
    """Return the command that starts the run, on all processes."""
    train = f"ecom-rlve train {config.path} --out {out}"
    if config.processes == 1:
        return train
    launch = f"accelerate launch --num_processes {config.processes} --mixed_precision bf16"
    sharding = (
        " --use_fsdp --fsdp_version 2 --fsdp_auto_wrap_policy TRANSFORMER_BASED_WRAP"
        " --fsdp_state_dict_type FULL_STATE_DICT --fsdp_reshard_after_forward true"
    )
    return f'{launch}{sharding if config.hardware.sharding == "fsdp2" else ""} "$(which ecom-rlve)" {train[10:]}'


def _count(number: int) -> str:
    for size, unit in ((10**9, "B"), (10**6, "M"), (10**3, "k")):
        if number >= size:
            return f"{number / size:.2f} {unit}"
    return str(number)
