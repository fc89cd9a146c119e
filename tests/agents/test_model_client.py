"""The client of a chat endpoint, against a real server on a socket that misbehaves in every way."""

import asyncio
import time

import pytest
from tests.evaluate.chat_server import Answer, completion, serving

from ecom_rlve.agents.model.cache import ReplyCache
from ecom_rlve.agents.model.client import ChatClient
from ecom_rlve.agents.model.endpoint import Endpoint, Patience, Prices, Sampling
from ecom_rlve.agents.model.usage import Usage
from ecom_rlve.agents.model.wire import TOO_LONG, Tokens, read_completion, split_reasoning
from ecom_rlve.core.errors import EndpointError, RefusedError, SpecError

HELLO = [{"role": "user", "content": "hello"}]
QUICK = Patience(seconds=1.0, attempts=3, backoff=0.01, longest=0.5)


def ask(server, *, patience=QUICK, cache=None, trials=(0,), messages=HELLO, **endpoint):
    async def all_of_them():
        at = Endpoint(server.url, "scripted", patience=patience, **endpoint)
        async with ChatClient(at, cache) as client:
            replies = await asyncio.gather(*(client.complete(messages, trial=t) for t in trials))
            return replies, client.traffic

    return asyncio.run(all_of_them())


def failing_twice(answer):
    return lambda body, times: completion("ok") if times > 2 else answer


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Answer({"error": "slow down"}, status=429), "429"),
        (Answer({"error": "oops"}, status=500), "500"),
        (Answer(b"<html>bad gateway</html>", status=502), "502"),
        (Answer(completion("never"), hang_up=True), "connection"),
        (Answer(completion("cut in the middle"), cut=40), "connection"),
        (Answer(b"{not json"), "garbage"),
        (Answer({"choices": []}), "garbage"),
        (Answer({"object": "error", "message": "engine is dead"}), "garbage"),
        (Answer(completion("stalled"), delay=1.5), "timeout"),
        (Answer(completion("drips for minutes"), drip=0.2), "timeout"),
    ],
)
def test_what_is_no_fault_of_the_model_is_tried_again(fault, kind):
    with serving(failing_twice(fault)) as server:
        (reply,), traffic = ask(server, patience=Patience(seconds=0.5, attempts=3, backoff=0.01))
        assert (reply.content, len(server.requests)) == ("ok", 3)
        assert (traffic.retries, traffic.faults) == (2, {kind: 2})


def test_after_all_attempts_it_is_an_endpoint_error_that_says_why():
    with serving(lambda body, times: Answer({"error": "engine is dead"}, status=500)) as server:
        with pytest.raises(EndpointError, match=r"3 attempts failed, the last: status 500: .*engine is dead"):
            ask(server)
        assert len(server.requests) == 3


def test_nobody_listening_is_an_endpoint_error():
    with serving(lambda body, times: completion()) as server:
        pass
    with pytest.raises(EndpointError, match="attempts failed"):
        ask(server)


@pytest.mark.parametrize("status", [401, 403, 404])
def test_what_concerns_every_request_is_refused_at_once(status):
    with serving(lambda body, times: Answer({"error": "no such model"}, status=status)) as server:
        with pytest.raises(RefusedError, match="no such model"):
            ask(server)
        assert len(server.requests) == 1


def test_a_request_that_is_wrong_for_itself_is_not_repeated_and_not_fatal():
    with serving(lambda body, times: Answer({"error": "bad template"}, status=400)) as server:
        with pytest.raises(EndpointError, match="bad template") as caught:
            ask(server)
        assert not isinstance(caught.value, RefusedError)
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    "message",
    [
        "This model's maximum context length is 32768 tokens. However, you requested 40000 tokens",
        "the request exceeds the available context size, try increasing it",
        "The prompt is too long: 200001 tokens",
    ],
)
def test_a_dialogue_too_long_for_the_model_is_an_empty_reply_of_the_model(message):
    with serving(lambda body, times: Answer({"error": {"message": message}}, status=400)) as server:
        (reply,), _ = ask(server)
        assert (reply.content, reply.calls, reply.finish) == ("", (), TOO_LONG)


def test_the_server_says_how_long_to_wait_and_we_cap_it():
    def script(body, times):
        return completion("ok") if times > 1 else Answer({}, status=429, headers={"Retry-After": "0.3"})

    for longest, least, most in ((5.0, 0.3, 2.0), (0.05, 0.0, 0.29)):
        with serving(script) as server:
            began = time.monotonic()
            ask(server, patience=Patience(seconds=5, attempts=2, backoff=0.001, longest=longest))
            assert least <= time.monotonic() - began < most


def test_never_more_requests_at_once_than_allowed_and_none_is_lost():
    with serving(lambda body, times: Answer(completion("ok"), delay=0.02)) as server:
        replies, traffic = ask(server, trials=range(60), concurrency=7)
        assert [r.content for r in replies] == ["ok"] * 60
        assert server.most_open == 7
        assert (traffic.replies, traffic.in_flight) == (60, 0)


def test_equal_requests_are_sent_once_but_trials_are_different_requests(tmp_path):
    with serving(lambda body, times: completion(f"reply {times}")) as server:
        for _ in range(2):
            cache = ReplyCache(tmp_path / "replies.sqlite")
            replies, traffic = ask(server, cache=cache, trials=range(3))
            cache.close()
        assert {r.content for r in replies} == {"reply 1", "reply 2", "reply 3"}
        assert (len(server.requests), traffic.cached) == (3, 3)


def test_faults_are_not_cached(tmp_path):
    with serving(failing_twice(Answer(b"garbage"))) as server:
        cache = ReplyCache(tmp_path / "replies.sqlite")
        with pytest.raises(EndpointError):
            ask(server, cache=cache, patience=Patience(seconds=1, attempts=1))
        (reply,), _ = ask(server, cache=cache, patience=QUICK)
        cache.close()
    assert reply.content == "ok"


def test_the_request_says_how_to_sample_and_who_asks(monkeypatch):
    monkeypatch.setenv("SHOP_KEY", "secret")
    sampling = Sampling(temperature=0.6, max_tokens=9, seed=40, extra={"top_k": 20})
    with serving(lambda body, times: completion()) as server:
        ask(server, trials=[2], sampling=sampling, key_variable="SHOP_KEY")
        (body,) = server.requests
        assert {k: v for k, v in body.items() if k != "messages"} == {
            "model": "scripted", "temperature": 0.6, "max_tokens": 9, "seed": 42, "top_k": 20
        }  # fmt: skip
        assert server.keys == ["Bearer secret"]


def test_lone_surrogates_that_a_model_wrote_go_back_to_it():
    with serving(lambda body, times: completion("ok")) as server:
        (reply,), _ = ask(server, messages=[{"role": "assistant", "content": "\ud800"}])
        assert reply.content == "ok"
        assert server.requests[0]["messages"][0]["content"] == "\ud800"


def test_waits_are_seeded_grow_and_stay_in_bounds():
    client = ChatClient.__new__(ChatClient)
    client.endpoint = Endpoint("http://x/v1", "m", patience=Patience(backoff=1.0, longest=20.0))
    waits = [client._wait(b"k" * 16, n, None) for n in range(1, 9)]
    assert waits == [client._wait(b"k" * 16, n, None) for n in range(1, 9)]
    assert waits != [client._wait(b"j" * 16, n, None) for n in range(1, 9)]
    for n, wait in enumerate(waits):
        assert min(20.0, 0.5 * 2**n) <= wait <= min(20.0, 1.5 * 2**n)


@pytest.mark.parametrize(
    ("text", "left", "reasoning"),
    [
        ("<think>hm</think>{}", "{}", "<think>hm</think>"),
        ("hm, let me see</think>\n{}", "{}", "hm, let me see"),
        ('{"assistant_message": "</think>"}', '{"assistant_message": "</think>"}', ""),
        ("<think>never ends", "", "<think>never ends"),
        ("plain", "plain", ""),
        ("", "", ""),
    ],
)
def test_reasoning_in_the_text_is_no_part_of_it(text, left, reasoning):
    assert split_reasoning(text) == (left, reasoning)


def test_replies_as_servers_write_them():
    vllm = read_completion(completion(None, [("cart_view", "{}")], reasoning_content="I look."))
    assert (vllm.content, vllm.reasoning, vllm.calls[0].name, vllm.finish) == ("", "I look.", "cart_view", "tool_calls")
    assert vllm.tokens == Tokens(100, 10, 0)
    parts = completion([{"type": "text", "text": "He"}, {"type": "image"}, {"type": "text", "text": "llo"}])
    assert read_completion(parts).content == "Hello"
    bare = {"choices": [{"message": {"tool_calls": [{"function": {"name": "x", "arguments": {"a": 1}}}]}}]}
    assert read_completion(bare).calls[0].arguments == {"a": 1}
    assert read_completion(bare).tokens == Tokens()
    for broken in (None, [], {}, {"choices": None}, {"choices": [None]}, {"choices": [{"message": "hello"}]}):
        with pytest.raises(EndpointError, match="no chat completion"):
            read_completion(broken)


def test_usage_adds_up_and_is_worth_something():
    one = Usage(requests=1, prompt_tokens=1_000_000, completion_tokens=500_000)
    assert one + one == Usage(requests=2, prompt_tokens=2_000_000, completion_tokens=1_000_000)
    assert (one.cost(Prices(0.5, 2.0)), one.cost(None)) == (1.5, None)


@pytest.mark.parametrize(
    "given",
    [
        {"url": "localhost:8000"},
        {"model": ""},
        {"style": "xml"},
        {"concurrency": 0},
        {"patience": Patience(attempts=0)},
    ],
)
def test_settings_that_make_no_sense_are_refused(given):
    with pytest.raises(SpecError):
        Endpoint(**{"url": "http://x/v1", "model": "m", **given})
