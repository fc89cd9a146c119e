"""The small run that the training tests share."""

from trl import GRPOConfig

from ecom_rlve.adapters.trl.spec import EcomSpec
from ecom_rlve.training.config import Model
from ecom_rlve.training.tiny import model, tokenizer

TOOLS = {
    "cart_building": ("catalog_search", "catalog_get_variants", "cart_add", "user_get_visit_history"),
    "order_tracking": ("order_list", "order_get_status"),
}
"""What the oracle needs: a tiny model on a CPU pays for every schema in its prompt."""
SHAPE = Model("tiny", 1, 16, 32, 1, 1, 16, vocabulary=4000, tied=True)
GROUP = 4


def arguments(out, *, steps, groups=2, **args):
    """Return TRL's arguments of a run on a CPU; DAPO's own are as published."""
    return GRPOConfig(
        output_dir=str(out),
        per_device_train_batch_size=GROUP * groups,
        num_generations=GROUP,
        max_steps=steps,
        max_tool_calling_iterations=40,
        loss_type="dapo",
        beta=0.0,
        epsilon=0.2,
        epsilon_high=0.28,
        mask_truncated_completions=True,
        learning_rate=1e-2,
        logging_steps=1,
        use_cpu=True,
        bf16=False,
        disable_tqdm=True,
        **{
            "report_to": "none",
            "save_strategy": "no",
            "shuffle_dataset": False,
            "max_completion_length": 8000,
            **args,
        },
    )


def environments(catalog, *, steps, groups=2, collection="cart_building,order_tracking"):
    """Return the environments of a run, with the tools that they need."""
    tools = [tool for env in collection.split(",") for tool in TOOLS[env]]
    return EcomSpec(collection, steps=steps, groups=groups, catalog=catalog, tools=tools, seed=3)


def learner(catalog):
    """Return a model with random weights, and its tokenizer."""
    made = tokenizer(SHAPE.vocabulary, catalog)
    return model(SHAPE, made, seed=0), made
