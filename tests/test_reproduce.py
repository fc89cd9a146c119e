"""The small reproduction's parts that need PyTorch: decoding, masks, the loss, one whole step. Skipped without it."""

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("tokenizers")

from examples.reproduce import dapo  # noqa: E402
from examples.reproduce.data import BEGIN, END, encoded, trained_tokenizer  # noqa: E402
from examples.reproduce.decode import Decoder  # noqa: E402
from examples.reproduce.evaluate import compared  # noqa: E402
from examples.reproduce.model import Size, chosen_logits, new_model  # noqa: E402
from examples.reproduce.rollout import Limits, Outcome, Players  # noqa: E402
from examples.reproduce.sft import padded  # noqa: E402
from examples.reproduce.showing import WRITES, shown  # noqa: E402
from examples.reproduce.terse import Terseness  # noqa: E402

from ecom_rlve.core.spec import EpisodeSpec  # noqa: E402
from ecom_rlve.curriculum.curriculum import Curriculum  # noqa: E402
from ecom_rlve.curriculum.progress import METRICS, read  # noqa: E402
from ecom_rlve.env.episode import Reward  # noqa: E402

TERSE = Terseness(cards=3)
SIZE = Size(hidden=32, layers=2, heads=4, kv_heads=2, head=8, inner=64, positions=256)


@pytest.fixture(scope="module")
def demos(catalog):
    found = [shown(catalog, EpisodeSpec("cart_building", 0, seed), TERSE) for seed in range(20)]
    return [demo for demo in found if demo is not None]


@pytest.fixture(scope="module")
def tokenizer(demos):
    return trained_tokenizer((text for demo in demos for _, text in demo.pieces), 400)


def test_the_decoder_says_what_transformers_says():
    model = new_model(SIZE, 50, seed=1)
    tokens = torch.randint(0, 50, (5, 30))
    decoder = Decoder(model, 5, 40)
    told = torch.stack([decoder.step(tokens[:, i]) for i in range(30)], 1)
    assert torch.allclose(told, model(tokens).logits, atol=1e-5)
    decoder.keep(torch.tensor([4, 1]))
    longer = torch.cat((tokens[[4, 1]], torch.tensor([[7], [9]])), 1)
    assert torch.allclose(decoder.step(longer[:, -1]), model(longer).logits[:, -1], atol=1e-5)


def test_only_what_the_model_writes_is_learnt(demos, tokenizer):
    for demo in demos:
        example = encoded(tokenizer, demo.pieces)
        learnt = [token for token, mine in zip(example.tokens, example.learnt, strict=True) if mine]
        commands = tokenizer.decode(learnt, skip_special_tokens=False).split(END)
        assert [c.strip() for c in commands[:-1]] == [text for kind, text in demo.pieces if kind == WRITES]
        before = [example.tokens[i - 1] for i in range(1, len(learnt)) if example.learnt[i] > example.learnt[i - 1]]
        assert set(before) <= {tokenizer.token_to_id(BEGIN)}


def test_the_probabilities_noted_while_playing_are_those_of_the_loss(catalog, tokenizer):
    model = new_model(SIZE, tokenizer.get_vocab_size(), seed=2)
    players = Players(catalog, TERSE, tokenizer, Limits(command=8, episode=200))
    specs = [EpisodeSpec("cart_building-v0", 0, seed) for seed in range(6)]
    outcomes = players.play(model, specs, torch.Generator().manual_seed(0)).outcomes
    assert [o.spec for o in outcomes] == specs
    tokens, learnt = padded([o.example for o in outcomes])
    scores = chosen_logits(model, tokens, learnt).log_softmax(-1).gather(1, tokens[learnt][:, None])[:, 0]
    assert torch.allclose(scores, torch.tensor([p for o in outcomes for p in o.logprobs]), atol=1e-4)


def test_a_group_in_which_all_end_alike_teaches_nothing():
    def outcome(reward):
        return Outcome(None, None, (), reward > 0, Reward(reward))

    assert dapo.advantages([outcome(0.9), outcome(0.5)]) == []
    assert dapo.advantages([outcome(-1.0), outcome(-0.5)]) == []
    good, bad = dapo.advantages([outcome(0.9), outcome(-1.0)])
    assert good.advantage == -bad.advantage > 0.5


def test_the_loss_clips_higher_above_than_below():
    recipe = dapo.Recipe(1, 1, 1, 0.0, clip_low=0.2, clip_high=0.28, minibatches=1)
    for advantage, ratio, moves in [(1.0, 1.25, True), (1.0, 1.3, False), (-1.0, 0.85, True), (-1.0, 0.75, False)]:
        new = torch.tensor([ratio]).log().requires_grad_()
        dapo.clipped_loss(new, torch.zeros(1), torch.tensor([advantage]), recipe).sum().backward()
        assert bool(new.grad.abs() > 0) == moves


def test_a_training_step_plays_learns_and_tells(catalog, tokenizer, tmp_path):
    model = new_model(SIZE, tokenizer.get_vocab_size(), seed=3)
    players = Players(catalog, TERSE, tokenizer, Limits(command=6, episode=160))
    recipe = dapo.Recipe(steps=2, groups=2, tries=2, rate=1e-3, clip_low=0.2, clip_high=0.28, minibatches=1)
    dapo.train(model, players, Curriculum.begin(["cart_building"]), recipe, 0, tmp_path)
    rows = read(tmp_path / METRICS)
    assert [row["pass"]["cart_building-v0"]["0"][1] for row in rows] == [4, 4]
    assert sum(rows[0]["causes"].values()) == 4
    assert (tmp_path / "model" / "model.safetensors").exists()


def test_mcnemars_test_counts_only_where_the_two_differ():
    assert compared({"outcomes": "0011"}, {"outcomes": "0011"}) == 1.0
    assert compared({"outcomes": "00000"}, {"outcomes": "11111"}) == 1 / 32
