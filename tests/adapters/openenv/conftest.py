"""A real server on a real socket, in a process of its own, so that it can be killed."""

import pytest


@pytest.fixture(scope="session")
def serve():
    """A function that starts servers; all of them are killed at the end."""
    pytest.importorskip("openenv.core", reason="needs the extra: make test-openenv")
    from benchmarks.server.process import new_server

    running = []

    def start(token="", **settings):
        server = new_server(token, **settings).start()
        running.append(server)
        return server

    yield start
    for server in running:
        server.kill()


@pytest.fixture(scope="session")
def server(serve):
    """One server that all tests share."""
    return serve()
