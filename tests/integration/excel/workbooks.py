"""Workbooks for the tests: templates filled as a clerk fills them, and files broken in every way somebody has sent one."""

import io
import zipfile

import openpyxl

from gongwei.interfaces.excel import layouts, templates

FORM = "htn_follow_up"
GOOD = {
    "done_on": "2025-03-10",
    "@mode": "门诊",
    "result": None,
    "symptoms": "1 无症状",
    "systolic": 138,
    "diastolic": 88,
    "height": 170,
    "weight": 65.5,
    "heart_rate": 72,
    "cigarettes": 0,
    "cigarettes_goal": 0,
    "alcohol_liang": 0,
    "alcohol_liang_goal": 0,
    "exercise_per_week": 3,
    "exercise_minutes": 30,
    "exercise_per_week_goal": 3,
    "exercise_minutes_goal": 30,
    "salt": "1",
    "salt_goal": "1",
    "psychological_adjustment": "1",
    "compliance": "1",
    "medication_adherence": "1",
    "adverse_reaction": "1",
    "complication": "0",
    "medications": "硝苯地平；2；10；1",
}


def columns_of(code=FORM):
    """Column numbers (from 1) by identifier."""
    return {each.identifier: place for place, each in enumerate(layouts.of(code).columns, 2)}


def book_of(rows, code=FORM):
    """The template as openpyxl opens it, with rows given by identifier."""
    book = openpyxl.load_workbook(io.BytesIO(templates.workbook(code)))
    sheet, columns = book.worksheets[0], columns_of(code)
    for number, row in enumerate(rows, templates.FIRST_ROW):
        for identifier, value in row.items():
            if value is not None:
                sheet.cell(number, columns[identifier], value)
    return book


def saved(book):
    """The bytes of a workbook."""
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def filled(rows, code=FORM):
    """A filled template."""
    return saved(book_of(rows, code))


def rezipped(content, change):
    """The same archive with its entries changed: change(name, data) gives the new data, None leaves the entry out."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for each in old.namelist():
            data = change(each, old.read(each))
            if data is not None:
                new.writestr(each, data)
    return file.getvalue()
