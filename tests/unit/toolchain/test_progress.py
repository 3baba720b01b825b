from __future__ import annotations

import io

import pytest

from sandbox.toolchain.progress import Display, duration


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_without_a_terminal_every_line_is_whole_and_long_work_is_told_now_and_then() -> None:
    clock, out = Clock(), io.StringIO()
    display = Display(out, clock)
    display.start("kubernetes", "compiling kubernetes v1.35.3", 480)
    for second in range(1, 36):
        clock.now = second
        display.tick()
    display.end("kubernetes")

    assert out.getvalue().splitlines() == [
        "[   0 s] kubernetes: compiling kubernetes v1.35.3 (about 8:00)",
        "[  30 s] … kubernetes 30 s of about 8:00",
        "[  35 s] kubernetes: done, 35 s",
    ]


def test_on_a_terminal_one_live_line_is_overwritten_and_wiped() -> None:
    clock, out = Clock(), Terminal()
    display = Display(out, clock)
    display.start("python", "installing", None)
    clock.now = 2
    display.tick()
    display.end("python")

    assert "… python 2 s\r\x1b[K[" in out.getvalue()
    assert out.getvalue().endswith("python: done, 2 s\n")


def test_a_failure_is_told_with_its_time() -> None:
    clock, out = Clock(), io.StringIO()
    display = Display(out, clock)
    display.start("etcd", "fetching", None)
    clock.now = 61

    assert display.end("etcd", "failed") == pytest.approx(61)
    assert out.getvalue().endswith("etcd: failed, 1:01\n")


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (59.4, "59 s"), (59.6, "1:00"), (485, "8:05"), (3700, "61:40")]
)
def test_a_duration_reads_as_seconds_or_minutes(seconds: float, text: str) -> None:
    assert duration(seconds) == text
