"""Gymnasium drives every environment, alone and in vectors, with the rewards of the engine."""

import subprocess
import sys

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from ecom_rlve.adapters.gymnasium_env import EcomEnv, gymnasium_id
from ecom_rlve.agents.oracle import solve
from ecom_rlve.core.seeds import is_eval_seed
from ecom_rlve.env.chat import as_text
from ecom_rlve.env.env import Env
from ecom_rlve.tasks.registry import TASKS


def make(name, catalog, **more):
    return gymnasium.make(f"EcomRLVE/{gymnasium_id(name, 0)}", catalog=catalog, **more)


def test_an_import_is_all_it_takes():
    """In a process of its own, as a user would; and by the name of the module alone, which Gymnasium imports then."""
    for code in (
        "import ecom_rlve.adapters.gymnasium_env; name = 'EcomRLVE/CartBuilding-v0'",
        "name = 'ecom_rlve.adapters.gymnasium_env:EcomRLVE/CartBuilding-v0'",
    ):
        script = f"import gymnasium; {code}; print(gymnasium.make(name).reset(seed=7)[0])"
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        assert len(done.stdout) > 20


@pytest.mark.parametrize("name", TASKS)
@pytest.mark.filterwarnings("ignore:.*:UserWarning:gymnasium.*")
def test_passes_check_env(name, catalog):
    env = EcomEnv(f"{name}-v0", catalog=catalog, render_mode="ansi")
    check_env(env, skip_render_check=True)


@pytest.mark.parametrize("name", TASKS)
def test_oracle_texts_earn_the_same_as_in_process(name, catalog):
    reference = Env(catalog)
    reference.reset(f"{name}-v0/d2/s5")
    expected = solve(reference).reward
    env = make(name, catalog, difficulty=2)
    _, info = env.reset(seed=5)
    assert info["spec"] == f"{name}-v0/d2/s5"
    for turn in reference.episode.turns:
        _, reward, terminated, truncated, info = env.step(as_text(turn.action))
    assert (terminated, truncated) == (True, False)
    assert reward == expected == pytest.approx(0.9)
    assert info["is_correct"]
    assert info["reward_parts"]["r_eff"] == 1.0


def test_reset_without_seed_draws_from_its_split_and_again_from_the_same_seed(catalog):
    for split in ("train", "eval"):
        env = EcomEnv("policy_qa-v0", split=split, catalog=catalog)
        env.reset(seed=1)
        drawn = [env.reset()[1]["spec"] for _ in range(5)]
        env.reset(seed=1)
        assert drawn == [env.reset()[1]["spec"] for _ in range(5)]
        assert len(set(drawn)) == 5
        assert {is_eval_seed(int(spec.rpartition("/s")[2])) for spec in drawn} == {split == "eval"}


def test_options_name_the_episode(catalog):
    env = EcomEnv("cart_building-v0", catalog=catalog)
    _, info = env.reset(seed=3, options={"difficulty": 4, "axes": {"p_noise": 0.0}})
    assert info["spec"] == "cart_building-v0/d4/s3?p_noise=0.0"
    _, info = env.reset(options={"spec": "returns-v0/d1/s9"})
    assert info["spec"] == "returns-v0/d1/s9"
    with pytest.raises(ValueError, match="unknown option 'goal'"):
        env.reset(options={"goal": "x"})


def test_a_fault_of_ours_is_truncation_without_reward(catalog):
    class Broken:
        def open(self, brief, rng, noise):
            from ecom_rlve.users.customer import Customer

            return Customer().open(brief, rng, noise)

        def respond(self, *_):
            raise ZeroDivisionError("ours")

    env = EcomEnv("cart_building-v0", catalog=catalog)
    env._shell.user = Broken()
    env.reset(seed=0)
    _, reward, terminated, truncated, info = env.step('{"assistant_message": "Hello"}')
    assert (reward, terminated, truncated, info["invalid"]) == (0.0, False, True, True)


def test_vectors_keep_their_episodes_apart(catalog):
    vector = gymnasium.make_vec("EcomRLVE/CartBuilding-v0", num_envs=3, vectorization_mode="sync", catalog=catalog)
    alone = EcomEnv("cart_building-v0", catalog=catalog)
    texts, _ = vector.reset(seed=[4, 5, 6])
    assert list(texts) == [alone.reset(seed=s)[0] for s in (4, 5, 6)]
    nothing = '{"answer": {"done": true}}'
    look = '{"tool_calls": [{"name": "cart.view", "args": {}}]}'
    _, rewards, terminated, _, _ = vector.step((nothing, look, nothing))
    assert np.array_equal(rewards, [-0.9, 0.0, -0.9])
    assert np.array_equal(terminated, [True, False, True])
    vector.close()


def test_renders_the_dialogue(catalog):
    env = make("cart_building", catalog, render_mode="ansi")
    text, _ = env.reset(seed=0)
    assert text in env.render()
