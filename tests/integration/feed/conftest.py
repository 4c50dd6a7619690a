from tests.integration.oauth.conftest import service as service  # one fixture for both
