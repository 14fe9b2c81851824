"""A Spark cluster of a master and two workers on this machine's loopback, small, ended with the block."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyspark

ADDRESS = "127.0.0.1"
WORKERS = 2
MEMORY = "512m"
START_SECONDS = 120
#: Programs that live for seconds: nothing is gained by compiling them well.
SHORT_LIVED = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
#: A driver for tests: little memory, nothing open but on the loopback, queries run without compiling each to Java.
OPTIONS = {
    "spark.driver.host": ADDRESS,
    "spark.driver.bindAddress": ADDRESS,
    "spark.driver.memory": "768m",
    "spark.driver.extraJavaOptions": SHORT_LIVED,
    "spark.executor.extraJavaOptions": SHORT_LIVED,
    "spark.executor.memory": MEMORY,
    "spark.executor.cores": "1",
    "spark.cores.max": str(WORKERS),
    "spark.scheduler.minRegisteredResourcesRatio": "1.0",
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.constraintPropagation.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}


@contextmanager
def cluster(folder: Path) -> Iterator[str]:
    """The master's address (`spark://127.0.0.1:port`) while it and its workers run; their logs and work lie in the folder."""
    program = str(Path(pyspark.__file__).parent / "bin" / "spark-class")
    environment = {
        **os.environ,
        "SPARK_LOCAL_IP": ADDRESS,
        "SPARK_PUBLIC_DNS": ADDRESS,
        "SPARK_DAEMON_MEMORY": "256m",
        "SPARK_DAEMON_JAVA_OPTS": SHORT_LIVED,
        "SPARK_CONF_DIR": str(folder),  # nothing of a cluster that may be set up on this machine
        "SPARK_LOCAL_DIRS": str(folder / "local"),
    }
    running: list[subprocess.Popen[bytes]] = []

    def start(name: str, *arguments: str) -> Path:
        log = folder / f"{name}.log"
        with log.open("wb") as output:
            running.append(
                subprocess.Popen(
                    [program, f"org.apache.spark.deploy.{arguments[0]}", *arguments[1:]],
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                )
            )
        return log

    ports = ("--host", ADDRESS, "--port", "0", "--webui-port", "0")
    try:
        log = start("master", "master.Master", *ports)
        master = _said(log, r"Starting Spark master at (spark://\S+)")
        for number in range(WORKERS):
            start(
                f"worker-{number}",
                *("worker.Worker", *ports, "--cores", "1", "--memory", MEMORY),
                *("--work-dir", str(folder / f"work-{number}"), master),
            )
        for number in range(WORKERS):
            _said(folder / f"worker-{number}.log", r"Successfully registered with master (\S+)")
        yield master
    finally:
        for each in reversed(running):
            each.terminate()
        for each in running:
            try:
                each.wait(20)
            except subprocess.TimeoutExpired:
                each.kill()
                each.wait()


def _said(log: Path, pattern: str) -> str:
    """What a program wrote into its log."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if found := re.search(pattern, log.read_text(encoding="utf-8", errors="replace")):
            return found.group(1)
        time.sleep(0.1)
    raise AssertionError(f"{pattern!r} is not in {log.read_text(encoding='utf-8', errors='replace')[-3000:]}")
