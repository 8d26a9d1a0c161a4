"""What reading a schedule and finding its next fire cost, beside aws-croniter and croniter in the same run.

croniter has another dialect (five fields, other numbers of weekdays): it is asked where it has an expression of the
same meaning.
"""

from __future__ import annotations

import random
import time
import timeit
from collections.abc import Callable
from datetime import UTC, datetime

from aws_croniter import AwsCroniter
from croniter import croniter

from openglue.model.schedule import Schedule

NOW = datetime(2026, 1, 31, 12, 16, tzinfo=UTC)
NOW_MS = int(NOW.timestamp()) * 1000
MANY = 10_000

#: What it is for, the fields, and the same for croniter.
ROWS = [
    ("every day", "15 12 * * ? *", "15 12 * * *"),
    ("every 5 minutes on weekdays", "0/5 8-17 ? * MON-FRI *", "*/5 8-17 * * 1-5"),
    ("last day of the month", "0 0 L * ? *", "0 0 L * *"),
    ("last Friday of the month", "0 0 ? * 6L *", "0 0 * * L5"),
    ("third Friday of the month", "0 0 ? * 6#3 *", "0 0 * * 5#3"),
    ("weekday nearest to the 15th", "0 0 15W * ? *", None),
    ("29 February", "0 0 29 2 ? *", "0 0 29 2 *"),
    ("29 February 2096", "0 0 29 2 ? 2096", None),
]


def microseconds(call: Callable[[], object]) -> float:
    """The best of five rounds of about 20 ms each."""
    number = max(1, int(0.02 / max(timeit.timeit(call, number=3) / 3, 1e-7)))
    return min(timeit.repeat(call, number=number, repeat=5)) / number * 1e6


def shown(value: float | None) -> str:
    return f"{'-':>12}" if value is None else f"{value:10.1f} us"


def main() -> None:
    print(f"{'':34}{'openglue':>12} {'aws-croniter':>13} {'croniter':>13}")
    for words, fields, other in ROWS:
        text = f"cron({fields})"
        ours, aws = Schedule.parse(text), AwsCroniter(fields)
        theirs = None if other is None else croniter(other, NOW)
        (found,) = aws.get_next(NOW)
        # A peer that finds something else, or nothing, has no time.
        agrees = found is not None and int(found.timestamp()) * 1000 == ours.next_fire(NOW_MS)
        if theirs is not None:
            assert int(theirs.get_next(float, start_time=NOW)) * 1000 == ours.next_fire(NOW_MS)
        read = [
            microseconds(lambda text=text: Schedule.parse(text)),
            microseconds(lambda fields=fields: AwsCroniter(fields)),
            None if other is None else microseconds(lambda other=other: croniter(other, NOW)),
        ]
        find = [
            microseconds(lambda ours=ours: ours.next_fire(NOW_MS)),
            microseconds(lambda aws=aws: aws.get_next(NOW)) if agrees else None,
            None if theirs is None else microseconds(lambda theirs=theirs: theirs.get_next(float, start_time=NOW)),
        ]
        print(f"{words + ': read':34}" + "  ".join(map(shown, read)))
        print(f"{words + ': next fire':34}" + "  ".join(map(shown, find)))
    rng = random.Random(1)  # noqa: S311 - the same schedules each time, no secret
    texts = [f"cron({rng.randrange(60)} {rng.randrange(24)} ? * {rng.randrange(1, 8)} *)" for _ in range(MANY)]
    begin = time.perf_counter()
    schedules = [Schedule.parse(text) for text in texts]
    middle = time.perf_counter()
    for schedule in schedules:
        schedule.next_fire(NOW_MS)
    end = time.perf_counter()
    print(
        f"{MANY} schedules: read in {(middle - begin) * 1000:.0f} ms, all next fires in {(end - middle) * 1000:.0f} ms"
    )


if __name__ == "__main__":
    main()
