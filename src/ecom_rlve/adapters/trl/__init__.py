"""TRL: environments, rows, rewards and callbacks for `GRPOTrainer`. Needs the extra `trl`; decides nothing."""
