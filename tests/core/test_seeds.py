"""Seeds for training and for evaluation share nothing and leave nothing out."""

from itertools import islice

from ecom_rlve.core.seeds import EVAL_SHARE, evaluation_seeds, is_eval_seed, training_seeds

COUNT = 5_000
HELD = [1, 2, 7, 30, 48, 52]


def test_the_two_halves_are_disjoint_and_complete():
    train = {seed for seed in islice(training_seeds(), COUNT) if seed < COUNT}
    held = {seed for seed in islice(evaluation_seeds(), COUNT) if seed < COUNT}
    assert not train & held
    assert train | held == set(range(COUNT))


def test_one_seed_in_ten_is_held_back():
    held = sum(map(is_eval_seed, range(COUNT)))
    assert abs(held - COUNT / EVAL_SHARE) < 4 * (COUNT * 0.1 * 0.9) ** 0.5


def test_the_split_is_the_documented_hash():
    # A change of the hash would move seeds from one side to the other.
    assert [seed for seed in range(60) if is_eval_seed(seed)] == HELD
    assert next(training_seeds(HELD[0])) > HELD[0]
