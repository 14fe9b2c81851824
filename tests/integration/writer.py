"""A writer for test_kill: inserts numbered rows, each its own transaction, and logs what was acknowledged.

After an error it cannot know whether its row was committed. It does what a phone does: it sends the same row with
the same id again, and the unique index makes it one.

    writer.py URL WRITER FIRST COUNT LOG
"""

import sys
import time

import psycopg


def main(url: str, writer: str, first: str, count: str, log: str) -> None:
    """Write rows FIRST .. FIRST+COUNT-1 as WRITER."""
    number, end = int(first), int(first) + int(count)
    with open(log, "a", buffering=1) as acknowledged:
        while number < end:
            try:
                with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
                    while number < end:
                        done = connection.execute(
                            "insert into record (writer, number) values (%s, %s) on conflict do nothing",
                            [writer, number],
                        )
                        acknowledged.write(f"{number} {done.rowcount}\n")
                        number += 1
            except psycopg.OperationalError:
                time.sleep(0.05)


if __name__ == "__main__":
    main(*sys.argv[1:])
