"""What the App is made of: the keys, the actions behind them, and what leaves the screen (pager, terminal)."""
