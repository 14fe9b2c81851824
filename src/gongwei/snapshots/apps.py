"""The app of snapshots."""

from django.apps import AppConfig


class SnapshotsConfig(AppConfig):
    """Which snapshots there are, and how they are written, read and kept."""

    name = "gongwei.snapshots"
    label = "snapshots"
    verbose_name = "数据快照"
