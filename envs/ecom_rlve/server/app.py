"""The application that a container serves. Settings and token come from the environment: see `docs/serving.md`."""

from ecom_rlve.adapters.openenv.app import application_from_environment, serve_from_environment

app = application_from_environment()


def main() -> None:
    """Serve it, as the settings say."""
    serve_from_environment()


if __name__ == "__main__":
    main()
