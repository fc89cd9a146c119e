"""The same engine through native tool calls, as an OpenAI-compatible model makes them.

`env.tools()` and `env.messages("native")` are what a chat endpoint is sent; a call comes back as name and arguments.

python examples/02_native_tool_calls.py
"""

from ecom_rlve import Env
from ecom_rlve.catalog.catalog import embedded
from ecom_rlve.core.dialogue import ToolCall


def main() -> None:
    env = Env(embedded(2_000))
    env.reset("order_tracking-v0/d0/s3")
    print("tools:", ", ".join(tool["function"]["name"] for tool in env.tools()))
    print("customer:", env.messages("native")[-1]["content"])  # … about the laptop. I took 2.

    # Names have "_" for "."; `message_user` speaks, `submit` hands in.
    listed = env.call(ToolCall("order_list", {}))
    orders = listed.observation.results[0].json()["orders"]
    lines = [(order["order_id"], line) for order in orders for line in order["lines"]]
    laptops = [(order_id, line) for order_id, line in lines if line["category"] == "computers/laptops"]
    print("with a laptop:", {order_id: line["quantity"] for order_id, line in laptops})

    meant = next(order_id for order_id, line in laptops if line["quantity"] == 2)
    looked = env.call(ToolCall("order_get_status", {"order_id": meant}))
    found = looked.observation.results[0].json()
    print("the shop says:", found["status"], "to arrive", found["eta"])

    done = env.call(ToolCall("submit", {"order_id": meant, "status": found["status"], "eta": found["eta"]}))
    print(f"correct: {done.info['verdict'].is_correct}, reward {done.reward:.2f}")


if __name__ == "__main__":
    main()
