"""Built-in checks that have to look outside: git, files, GitHub, certificates, the database. One file per family."""
