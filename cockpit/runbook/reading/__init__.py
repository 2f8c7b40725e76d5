"""What every fence of a runbook is for: its role, the reasons, how sure."""
