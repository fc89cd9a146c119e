"""The small run that the training tests share."""

from trl import GRPOConfig

from ecom_rlve.adapters.trl.spec import EcomSpec
from ecom_rlve.training.tiny import Size, model, tokenizer

TOOLS = (
    "catalog_search", "catalog_get_variants", "cart_add", "cart_set_quantity", "user_get_visit_history", "order_list",
    "order_get_status",
)  # fmt: skip
"""What cart building and order tracking need: a tiny model on a CPU pays for every schema in its prompt."""
SIZE = Size()
GROUP = 4


def setting(catalog, out, *, steps, groups=2, collection="cart_building,order_tracking", **args):
    """Return model, tokenizer, arguments and environments."""
    made = tokenizer(SIZE, catalog)
    spec = EcomSpec(collection, steps=steps, groups=groups, catalog=catalog, tools=TOOLS, seed=3)
    config = GRPOConfig(
        output_dir=str(out),
        per_device_train_batch_size=GROUP * groups,
        num_generations=GROUP,
        max_steps=steps,
        max_completion_length=6000,
        max_tool_calling_iterations=40,
        loss_type="dapo",
        beta=0.0,
        epsilon=0.2,
        epsilon_high=0.28,
        mask_truncated_completions=True,
        learning_rate=1e-3,
        logging_steps=1,
        report_to="none",
        use_cpu=True,
        bf16=False,
        disable_tqdm=True,
        gradient_checkpointing=False,
        **{"save_strategy": "no", "shuffle_dataset": False, **args},
    )
    return model(SIZE, made, seed=0), made, config, spec
