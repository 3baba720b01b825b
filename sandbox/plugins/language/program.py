"""The child process of the language host: run one Pulumi program.

A script of its own that imports nothing of this project, so that the program sees the interpreter as it is. What it
is to do comes as one JSON object on standard input (see `LanguageHost.Run`).
"""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import runpy
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NoReturn

FAILED = 1
SHOWN = 32
INTERRUPTED = 130

# The packages of providers make hundreds of thousands of objects that stay. Python's own 700 has each of them
# looked at again and again, for a fifth of a program's processor time; this many take some tens of MB at most.
gc.set_threshold(200_000, 10, 10)

try:
    import grpc
    import pulumi
    import pulumi.runtime
except ImportError:
    traceback.print_exc()
    print(f"The Pulumi SDK cannot be imported by {sys.executable}: are the packages installed?", file=sys.stderr)
    sys.exit(FAILED)


def main() -> NoReturn:
    """Run the program and leave with a code: 0, `FAILED`, `SHOWN` (the person has been told) or `INTERRUPTED`."""
    order = json.load(sys.stdin)
    sys.stdin = Path("/dev/null").open()  # noqa: SIM115 - it lives as long as the process
    pulumi.runtime.set_all_config(order["config"], order["config_secret_keys"])
    pulumi.runtime.configure(
        pulumi.runtime.Settings(
            project=order["project"],
            stack=order["stack"],
            organization=order["organization"],
            root_directory=order["root_directory"],
            parallel=order["parallel"],
            dry_run=order["dry_run"],
            monitor=order["monitor"],
            engine=order["engine"],
        )
    )
    sys.argv = [order["program"], *order["args"]]
    # A program that fails leaves futures behind that nobody awaits; asyncio's complaints about them help no one.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    executor = ThreadPoolExecutor(max_workers=max(order["parallel"], 1) * 4)
    loop.set_default_executor(executor)
    try:
        code = _run(loop, order["program"])
    finally:
        executor.shutdown(wait=True)
        loop.close()
        sys.stdout.flush()
        sys.stderr.flush()
    sys.exit(code)


def _run(loop: asyncio.AbstractEventLoop, program: str) -> int:
    def run() -> Any:
        if Path(program).is_dir() and not (Path(program) / "__main__.py").exists():
            raise pulumi.RunError(f"unable to find main python program `__main__.py` in `{program}`")
        runpy.run_path(program, run_name="__main__")

    try:
        loop.run_until_complete(pulumi.runtime.run_in_stack(run))
    except pulumi.RunError as error:
        pulumi.log.error(str(error))
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except grpc.RpcError as error:
        if error.code() == grpc.StatusCode.UNAVAILABLE:
            return SHOWN  # the engine is gone or going; it knows why
        pulumi.log.error(_unhandled(program))
        return SHOWN
    except Exception:  # noqa: BLE001 - it is another's program
        pulumi.log.error(_unhandled(program))
        return SHOWN
    return 0


def _unhandled(program: str) -> str:
    """The error under way, with the frames from the program's own file on."""
    error = sys.exc_info()[1]
    assert error is not None
    main_file = Path(program) / "__main__.py" if Path(program).is_dir() else Path(program)
    frames = traceback.extract_tb(error.__traceback__)
    own = next((index for index, frame in enumerate(frames) if Path(frame.filename) == main_file), 0)
    text = "".join(traceback.format_exception(error, limit=own - len(frames)))
    return "Program failed with an unhandled exception:\n" + text


if __name__ == "__main__":
    main()
