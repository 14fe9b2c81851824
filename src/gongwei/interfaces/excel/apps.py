"""The app of uploads and exports."""

from django.apps import AppConfig


class ExcelConfig(AppConfig):
    """Uploaded workbooks on their way into the records, and the column mappings of old systems' sheets."""

    name = "gongwei.interfaces.excel"
    label = "excel"
    verbose_name = "Excel导入导出"

    def ready(self) -> None:
        """Make jobs and periodic work known to the job worker, and sealed columns to key rotation."""
        from gongwei.interfaces.excel import exporting, periodic, staging  # noqa: F401  (known by import)
        from gongwei.interfaces.packages import jobs  # noqa: F401

        staging.register()
