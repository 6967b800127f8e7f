"""`python -m fees.sandbox --port 8440 --webhook http://127.0.0.1:8000/webhooks/stripe/ --state FOLDER`."""

import argparse
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

from fees.sandbox.server import Sandbox


def main() -> None:
    """Serve until interrupted or terminated."""
    parser = argparse.ArgumentParser(prog="python -m fees.sandbox", description="Payment sandbox.")
    parser.add_argument("--port", type=int, required=True, help="0 takes a free port")
    parser.add_argument("--webhook", required=True, help="address of the portal that receives the events")
    parser.add_argument("--state", type=Path, required=True, help="folder that keeps sessions and events")
    parser.add_argument("--secret", default="whsec_sandbox", help="key of the events' signatures")
    given = parser.parse_args()
    sandbox = Sandbox(port=given.port, webhook=given.webhook, state=given.state, secret=given.secret)

    def stop(signum: int, frame: FrameType | None) -> None:
        # shutdown() waits for the serving loop, which runs in this very thread
        threading.Thread(target=sandbox.shutdown).start()

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    sys.stdout.write(f"Payment sandbox at {sandbox.base}\n")
    sys.stdout.flush()
    sandbox.run()


if __name__ == "__main__":
    main()
