"""The same name is the same episode, today as when the golden traces were written."""

import json

import pytest
from tests.golden.__main__ import FOLDER, comparable, names, path_of, played

from ecom_rlve.env.replay import first_difference, replay
from ecom_rlve.env.trace import read_trace

RENEW = "If this is meant: let the environment's version grow once it was published, then `python -m tests.golden`."


@pytest.mark.parametrize("name", list(names()), ids=lambda name: f"{name[0]}-{name[1]}-d{name[2]}")
def test_the_episode_is_what_it_was(catalog, name):
    golden = list(read_trace(path_of(*name)).lines)
    fingerprint = json.loads(golden[0])["catalog"]["fingerprint"]
    assert fingerprint == catalog.fingerprint, f"The embedded shop has changed. {RENEW}"
    difference = first_difference(comparable(golden), comparable(played(catalog, *name)))
    assert not difference, f"{difference}\n{RENEW}"


@pytest.mark.parametrize("name", list(names()), ids=lambda name: f"{name[0]}-{name[1]}-d{name[2]}")
def test_golden_traces_replay(catalog, name):
    trace = read_trace(path_of(*name))
    if trace.header["catalog"]["fingerprint"] == catalog.fingerprint:
        difference = replay(trace, catalog)
        assert not difference or "line 1," in difference, f"{difference}\n{RENEW}"


def test_there_is_no_golden_trace_that_nobody_plays():
    kept = {p.relative_to(FOLDER) for p in FOLDER.glob("*/*.jsonl")}
    assert kept == {path_of(*name).relative_to(FOLDER) for name in names()}
