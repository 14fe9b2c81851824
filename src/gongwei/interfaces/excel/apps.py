"""The app of uploads and exports."""

from django.apps import AppConfig


class ExcelConfig(AppConfig):
    """Uploaded workbooks on their way into the records, and the column mappings of old systems' sheets."""

    name = "gongwei.interfaces.excel"
    label = "excel"
    verbose_name = "Excel导入导出"
