"""The world outside by its own protocols: HTTP, processes, git, plug-ins, files by a pattern."""
