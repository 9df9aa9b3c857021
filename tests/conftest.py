"""What every test may ask for."""

pytest_plugins = ["tests.served", "tests.browser", "tests.web.town"]
