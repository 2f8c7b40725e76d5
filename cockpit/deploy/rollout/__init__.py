"""The rollout of a flag, stage by stage."""
