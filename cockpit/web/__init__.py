"""The screen of a deploy in a browser, to look at: a server on this machine, and one read-only app process a browser.

| file | what is in it |
| --- | --- |
| `start.py` | `cockpit watch --web`: finds the deploy, listens, says the address |
| `server.py`, `guard.py`, `files.py` | the page, its files and the websocket; who is let in |
| `visitor.py` | one browser: its app process and what travels between the two |
| `__main__.py`, `app.py`, `driver.py`, `feed.py` | that process: the screen without anything that acts |
"""
