"""The small county, the two people a package takes, and shorthands for its steps."""

from types import SimpleNamespace

import pytest
from tests.integration.places import worlds
from tests.integration.records.conftest import NOW, own_home

from gongwei.base import clock
from gongwei.interfaces.packages import operations, queries

__all__ = ["own_home"]


@pytest.fixture
def at():
    """Monday morning, on a clock that stands still."""
    with clock.fixed(NOW):
        yield NOW


class Steps:
    """What the two people do, each step carried out at once."""

    def __init__(self, world, at):
        self.world, self.at = world, at
        self.admin = world.actor("system_admin@commission")
        self.officer = world.actor("county_officer@commission")

    def checked(self, path, by=None, **options):
        by = by or self.admin
        package = operations.receive(by=by, at=self.at, path=path, **options)
        if package.state in ("received", "checking"):
            operations.check(by=by, at=self.at, package_id=package.id)
            self.carried_out(package)
        return package

    def carried_out(self, package):
        run = operations.now(package)
        assert run.state == "succeeded", run.error_zh
        return package

    def applied(self, package):
        package.refresh_from_db()
        if package.state == "checked":
            operations.approve(by=self.officer, at=self.at, package_id=package.id)
        operations.apply(by=self.admin, at=self.at, package_id=package.id)
        return self.carried_out(package)

    def undone(self, package, reason="数据有误"):
        operations.undo(by=self.admin, at=self.at, package_id=package.id, reason=reason)
        return self.carried_out(package)

    def counts(self, package):
        """By file, what became of its rows."""
        report = queries.report(package)
        assert report.balanced
        return {each.file: each.counts for each in report.sheets}

    def reasons(self, package):
        """By file, the blocking reasons."""
        report = queries.report(package)
        return {
            each.file: [kind["reason"] for kind in each.kinds if kind["severity"] == "block"]
            for each in report.sheets
        }


@pytest.fixture
def scene(db, at):
    """The world and the steps."""
    world = worlds.build(NOW)
    return SimpleNamespace(world=world, steps=Steps(world, at))


@pytest.fixture
def steps(scene):
    """The steps."""
    return scene.steps
