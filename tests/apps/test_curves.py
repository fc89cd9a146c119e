"""`ecom-rlve curves`: what a run's metrics say is what is drawn."""

import json
import xml.etree.ElementTree as ET

import pytest
from typer.testing import CliRunner

from ecom_rlve.apps.cli import app
from ecom_rlve.apps.curves.charts import of_run, pass_rates, side_by_side
from ecom_rlve.apps.studio.metrics import read_training
from ecom_rlve.core.rng import stream
from ecom_rlve.curriculum.curriculum import Curriculum
from ecom_rlve.curriculum.progress import METRICS, Played, append, by_group, metrics_line, tally
from ecom_rlve.env.episode import Reward

WON, LOST = Reward(0.9, 1.0, 1.0, turns=4, calls=5), Reward(-0.3, -0.2, -1.0, turns=6, calls=9)


def run_of(folder, *, steps, chance, rule="rlve", window=(0, 0)):
    """Write the metrics of a simulated run whose tries succeed with `chance`; return all that was played."""
    curriculum, everything = Curriculum.begin(["cart_building", "returns"], rule, window), []
    for step in range(1, steps + 1):
        rng, played = stream(step, "learner"), []
        for group in range(step * 8, step * 8 + 8):
            draw = curriculum.draw(0, group)
            for _ in range(8):
                won = rng.chance(chance)
                played.append(Played(group, draw, WON if won else LOST, won, "" if won else "search_miss"))
        curriculum = curriculum.updated(tally(played))
        append(folder / METRICS, [metrics_line(step, curriculum, played)])
        everything.append(played)
    return everything


def texts(svg):
    return [node.text for node in ET.fromstring(svg).iter() if node.tag.endswith("text")]


def test_all_five_kinds_of_curve_are_drawn(tmp_path):
    run_of(tmp_path / "one", steps=30, chance=0.95)
    done = CliRunner().invoke(app, ["curves", str(tmp_path / "one")])
    assert done.exit_code == 0, done.output
    assert "one: 30 steps\n" in done.output
    shown = texts((tmp_path / "one" / "curves.svg").read_text(encoding="utf-8"))
    titles = ["Difficulty windows", "Effective prompts", "Pass rate by difficulty", "Reward and its parts"]
    assert [t for t in shown if t in titles] == titles
    assert "Why episodes fail" in shown
    assert "search miss 1.00" in shown


def test_the_lines_are_what_was_played(tmp_path):
    played = run_of(tmp_path / "one", steps=12, chance=0.5)
    training = read_training(tmp_path, "one")
    lately = [p for step in played[2:12] for p in step if p.draw.level == 0]
    (line,) = [s for s in pass_rates(training.points) if s.name == "d = 0"]
    assert line.points[-1] == (12, pytest.approx(sum(p.correct for p in lately) / len(lately)))
    groups = [g for step in played[2:12] for g in by_group(step).values()]
    share = sum(len({p.correct for p in g}) > 1 for g in groups) / len(groups)
    effective = next(c for c in of_run(training) if c.title == "Effective prompts")
    assert effective.drawn[0].last == f"{share:.2f}"


def test_several_runs_are_laid_side_by_side(tmp_path):
    run_of(tmp_path / "adaptive", steps=15, chance=0.97)
    run_of(tmp_path / "static", steps=15, chance=0.1, rule="static", window=(6, 6))
    trainings = [read_training(tmp_path, name) for name in ("adaptive", "static")]
    frontier, effective, reward = side_by_side(trainings, ["adaptive", "static"])
    assert [d.name for d in frontier.drawn] == ["adaptive", "static"]
    assert frontier.drawn[1].last == "6.00"
    assert float(reward.drawn[0].last) > 0.7
    assert reward.drawn[1].last.startswith("−")
    assert len(effective.drawn) == 2
    out = tmp_path / "both.svg"
    done = CliRunner().invoke(app, ["curves", *(str(tmp_path / n) for n in ("adaptive", "static")), "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert "Side by side" in texts(out.read_text(encoding="utf-8"))


def test_a_folder_without_steps_is_told(tmp_path):
    (tmp_path / METRICS).write_text("", encoding="utf-8")
    done = CliRunner().invoke(app, ["curves", str(tmp_path)])
    assert "no metrics.jsonl with a step" in str(done.exception)


def test_a_resumed_run_forgets_what_it_does_again(tmp_path):
    from ecom_rlve.curriculum.progress import forget_after, read

    run_of(tmp_path / "one", steps=5, chance=0.5)
    file = tmp_path / "one" / METRICS
    with file.open("a", encoding="utf-8") as half:
        half.write('{"step": 6, "cut')
    forget_after(file, 3)
    assert [line["step"] for line in read(file)] == [1, 2, 3]
    assert json.loads(file.read_text(encoding="utf-8").splitlines()[-1])["step"] == 3
