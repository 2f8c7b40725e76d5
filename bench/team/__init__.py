"""The team's journal on a real PostgreSQL: watchers, the operator's own pace, a long past, outages, races."""
