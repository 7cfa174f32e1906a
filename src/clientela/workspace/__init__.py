"""The project folder: clientela.toml, artifacts, releases."""
