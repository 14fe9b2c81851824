"""The year's evaluation: schemes approved, four rounds from self-evaluation to final, persons drawn, a decided fraud, an appeal
granted, problems put right, the year closed."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any
from uuid import UUID

from gongwei.base import clock
from gongwei.base.actors import Actor
from gongwei.evaluation import (
    appeals,
    closing,
    drawing,
    evidence,
    frauds,
    issues,
    national,
    rounds,
    schemes,
    sheets,
)
from gongwei.evaluation.models import Evidence, Issue, Round, SampleCheck, Score, Sheet
from gongwei.evaluation.sheets import Entry
from gongwei.evaluation.trees import Item
from gongwei.interfaces.web.presenters import wall
from gongwei.measures import periods, running
from gongwei.measures.models import Run
from gongwei.places.models import Organization
from gongwei.site.simulation.money_year.people import CENTRES, Staff
from gongwei.snapshots import operations as snapshots
from gongwei.snapshots import queries as snapshots_of

SEED = 1
#: When each round begins; its steps follow after so many days.
BEGINS = {1: (4, 7), 2: (7, 7), 3: (10, 9), 4: (12, 1)}
SELF, REVIEW, ON_SITE, PUBLISHED, FINAL = 1, 7, 8, 11, 21
LEVELS = (national.TOWNSHIP, national.VILLAGE)
SIZES = {"RECORD": 3, "ELDER": 2, "HTN": 3, "DM": 2}
#: The item of a clinic's scheme that the appeal is about, and the round.
APPEALED, APPEALED_IN, FRAUD_IN = "3.1.2", 2, 3
CHECKED = "3.1.1"
Result, Verdict, Contact, State = SampleCheck.Result, SampleCheck.Verdict, SampleCheck.Contact, Issue.State
#: The smallest file that is a PDF by its first bytes: what a director hands in as proof.
PROOF = b"%PDF-1.4\n%%EOF\n"


def frozen(staff: Staff, year: int) -> Run:
    """A snapshot of the county as it stands, and the measures the schemes score by, of each quarter, over it."""
    at = clock.now()
    asked = {
        item.measure
        for level in LEVELS
        for item in national.default(level, year).tree.items()
        if item.is_system
    }
    snapshot = snapshots.take(by=staff.evaluator, at=at, reason=f"{year}年绩效评价和结算（模拟数据）")
    run = running.run(
        by=staff.evaluator, at=at, snapshot=snapshot, title=f"{year}年各季度指标（绩效评价）",
        periods=[periods.parse(f"{year}Q{number}") for number in BEGINS], measures=sorted(asked),
    )  # fmt: skip
    return running.keep(by=staff.evaluator, at=at, run_id=run.id)


def course(staff: Staff, run: Run) -> None:
    """Key measures of the present year as they stood every other month, so that the wall has a course to show: of thirty seconds for
    all months, the cheaper half."""
    months = list(periods.months_until(clock.today()))[:-1][::-2][::-1]  # how it stands today is shown live
    snapshot = snapshots_of.of(run.snapshot_id)
    if snapshot is None or not months:
        return
    asked = [each.code for each in wall.key_measures()]
    running.run(
        by=staff.evaluator, at=clock.now(), snapshot=snapshot, title=f"{clock.today().year}年主要指标走势",
        periods=months, measures=asked,
    )  # fmt: skip


class Rounds:
    """The rounds of a year, held one after the other."""

    def __init__(self, staff: Staff, year: int, run: Run) -> None:
        """Schemes of both levels are made and approved first."""
        self.staff, self.year, self.run = staff, year, run
        self.own = own_clinic(staff)
        self.falsified = [each for each in staff.clinics if each.parent_id != self.own.parent_id][-1]
        at = self._at(1, -28)
        for level in LEVELS:
            made = schemes.from_default(
                by=staff.evaluator, at=at, county_key=staff.county, year=year, level=level,
                document=f"县卫健〔{year}〕10号（模拟数据）",
            )  # fmt: skip
            schemes.submit(by=staff.evaluator, at=at, scheme_id=made.id)
            schemes.approve(by=staff.officer, at=at + dt.timedelta(days=3), scheme_id=made.id)

    def hold(self, number: int) -> Round:
        """One quarter's round, from opening to final."""
        staff = self.staff
        made = rounds.open_round(
            by=staff.evaluator, at=self._at(number), county_key=staff.county, year=self.year,
            period=f"{self.year}Q{number}", levels=LEVELS,
            cut_on=clock.day_of(self.run.cut_at), seed=f"{self.year}-{number}",
        )  # fmt: skip
        rounds.choose_run(by=staff.evaluator, at=self._at(number), round_id=made.id, run_id=self.run.id)
        rounds.advance(by=staff.evaluator, at=self._at(number, SELF), round_id=made.id, to=Round.State.SELF)
        own = list(
            Sheet.objects.filter(round=made).select_related("organization").order_by("seat_key", "name")
        )
        for sheet in own:
            self._self_evaluated(number, sheet)
        rounds.advance(
            by=staff.evaluator, at=self._at(number, REVIEW), round_id=made.id, to=Round.State.REVIEW
        )
        for sheet in own:
            self._entered(number, sheet, Score.Stage.REVIEW, self._at(number, REVIEW))
        rounds.publish_seed(by=staff.evaluator, at=self._at(number, ON_SITE), round_id=made.id)
        rounds.advance(
            by=staff.evaluator, at=self._at(number, ON_SITE), round_id=made.id, to=Round.State.ON_SITE
        )
        for sheet in self._looked_at(number, own):
            self._on_site(number, made, sheet)
        if number == FRAUD_IN:
            self._fraud(number, made)
        problems = self._problems(number, made)
        rounds.publish(by=staff.officer, at=self._at(number, PUBLISHED), round_id=made.id)
        if number == APPEALED_IN:
            self._appeal(number, own)
        for issue in problems:
            self._put_right(number, issue)
        self._looked_through(number, made)
        return rounds.finish(by=staff.officer, at=self._at(number, FINAL), round_id=made.id)

    def close_year(self) -> None:
        """The year's results are written down."""
        closing.close(
            by=self.staff.officer, at=self._at(4, FINAL + 2), county_key=self.staff.county, year=self.year,
            note="模拟数据",
        )  # fmt: skip

    def _at(self, number: int, days: int = 0, hour: int = 10) -> dt.datetime:
        month, day = BEGINS[number]
        return clock.start_of(dt.date(self.year, month, day) + dt.timedelta(days=days)) + dt.timedelta(
            hours=hour
        )

    def _self_evaluated(self, number: int, sheet: Sheet) -> None:
        director, at = self.staff.director_of(sheet.organization), self._at(number, SELF + 2)
        entries = [
            Entry(item.code, points=str(item.points), reason="按要求完成")
            for item in sheets.tree_for(sheet).items()
            if not item.is_system and item.method != "veto"
        ]
        sheets.enter(by=director, at=at, sheet_id=sheet.id, stage=Score.Stage.SELF, entries=entries)
        sheets.submit_self(by=director, at=at, sheet_id=sheet.id)

    def _entered(self, number: int, sheet: Sheet, stage: str, at: dt.datetime, true_rate: str = "") -> None:
        """What evaluators find of the items nobody can count: most full, some not, each with its reason."""
        drawn = random.Random(f"{SEED}|{sheet.organization.code}|{number}|{stage}")
        entries = []
        for item in sheets.tree_for(sheet).items():
            if (
                item.is_system
                or item.method == "veto"
                or (stage == Score.Stage.ON_SITE and item.code != CHECKED)
            ):
                continue
            given = (
                true_rate if item.code == CHECKED and true_rate else self._found(item, sheet, number, drawn)
            )
            entries.append(Entry(item.code, reason="查阅资料、现场查看", **_quantity(item, given)))
        sheets.enter(by=self.staff.evaluator, at=at, sheet_id=sheet.id, stage=stage, entries=entries)

    def _found(self, item: Item, sheet: Sheet, number: int, drawn: random.Random) -> object:
        less = drawn.random() < 0.3
        match item.method:
            case "yes_no":
                return not (less and drawn.random() < 0.3)
            case "deduct":
                kind = next(iter(item.settings["units"]))
                if sheet.organization_id == self.own.id and item.code == APPEALED and number == APPEALED_IN:
                    return {"逾期录入": 6}
                return {kind: drawn.randint(1, 5)} if less else {}
            case "manual":
                return str(item.points * (9 if less else 10) / 10)
            case "bonus":
                return "0"
        return str(drawn.randint(82, 97)) if less else "100"

    def _looked_at(self, number: int, own: list[Sheet]) -> list[Sheet]:
        """A centre and two of its clinics, other ones each time; where fraud is found, that clinic too."""
        centres = [each for each in own if each.organization.kind in CENTRES]
        centre = centres[(number - 1) % len(centres)]
        clinics = [each for each in own if each.organization.parent_id == centre.organization_id][:2]
        chosen = [centre, *clinics]
        if number == FRAUD_IN:
            chosen += [
                each for each in own if each.organization_id == self.falsified.id and each not in chosen
            ]
        return chosen

    def _on_site(self, number: int, made: Round, sheet: Sheet) -> None:
        at, organization = self._at(number, ON_SITE, 14), sheet.organization
        samples = drawing.draw(
            by=self.staff.evaluator, at=at, round_id=made.id, organization_id=organization.id, sizes=SIZES
        )
        untrue = number == FRAUD_IN and organization.id == self.falsified.id
        people = [person for sample in samples for person in sample.people.order_by("position")]
        false = 0
        for place, person in enumerate(people):
            check = {"contact": Contact.PHONE, "result": Result.CONFIRMED, "verdict": Verdict.QUALIFIED}
            if untrue and place % 2 == 0:
                check = {"contact": Contact.HOME, "result": Result.DENIED, "verdict": Verdict.UNTRUE}
                check["note"] = "本人和家属均称未做过记录所载的随访"
                false += 1
            elif place % 7 == 5:
                check = {"contact": Contact.PHONE, "result": Result.NO_ANSWER}
            drawing.check(by=self.staff.evaluator, at=at, person_id=person.id, **check)
        if organization.kind not in CENTRES and people:
            rate = str(100 * (len(people) - false) // len(people))
            self._entered(number, sheet, Score.Stage.ON_SITE, at, rate)

    def _fraud(self, number: int, made: Round) -> None:
        day = clock.day_of(self._at(number, ON_SITE + 1))
        proposed = frauds.propose(
            by=self.staff.evaluator, at=self._at(number, ON_SITE + 1), organization_id=self.falsified.id, year=self.year,
            found="抽查的随访对象半数称未接受过记录所载的随访，血压值系编造（模拟数据）",
            evidence="入户核查记录、本人签字的情况说明、电话录音（模拟数据）",
            document=f"县卫健函〔{self.year}〕62号（模拟数据）", unit="县卫生健康委员会", decided_on=day, round_id=made.id,
        )  # fmt: skip
        frauds.confirm(by=self.staff.officer, at=self._at(number, ON_SITE + 2), fraud_id=proposed.id)

    def _appeal(self, number: int, own: list[Sheet]) -> None:
        """The demonstration doctor's clinic objects to points taken off for late entry, and is right."""
        sheet = next(each for each in own if each.organization_id == self.own.id)
        item = sheets.tree_for(sheet).item(APPEALED)
        made = appeals.about_item(
            by=self.staff.doctor, at=self._at(number, PUBLISHED + 3), sheet_id=sheet.id, item=APPEALED,
            text="6月12日至14日全村停电，纸质随访表已当日填写，恢复供电后补录，不应按逾期录入扣分。",
        )  # fmt: skip
        appeals.decide(
            by=self.staff.officer, at=self._at(number, PUBLISHED + 5), appeal_id=made.id, granted=True,
            answer="经核对供电所停电通知和纸质随访表，申诉成立，恢复该项得分。", points=str(item.points),
        )  # fmt: skip

    def _problems(self, number: int, made: Round) -> list[Issue]:
        centre = self.staff.centres[number % len(self.staff.centres)]
        clinic = next(each for each in self.staff.clinics if each.parent_id == centre.id)
        said = (
            (centre, Issue.Severity.MINOR, "2.2.1", "两张耗材发票未附验收单"),
            (clinic, Issue.Severity.MAJOR, APPEALED, "三份高血压随访表缺少生活方式指导内容"),
        )
        return [
            issues.register(
                by=self.staff.evaluator, at=self._at(number, ON_SITE + 2), organization_id=organization.id,
                year=self.year, source=Issue.Source.ASSESSMENT, description=f"{what}（模拟数据）", severity=severity,
                item=item, round_id=made.id,
            )
            for organization, severity, item, what in said
        ]  # fmt: skip

    def _looked_through(self, number: int, made: Round) -> None:
        """What opened by itself from low scores: known already, but for the last round's at the demonstration doctor's centre."""
        opened = Issue.objects.filter(round=made, state=State.FOUND)
        left = {self.own.id, self.own.parent_id} if number == max(BEGINS) else set()
        issues.close_found(
            by=self.staff.evaluator, at=self._at(number, PUBLISHED + 9), round_id=made.id,
            issue_ids=opened.exclude(organization__in=left).values_list("id", flat=True),
            note="已并入本轮评价的整改要求，另行督办",
        )  # fmt: skip

    def _put_right(self, number: int, issue: Issue) -> None:
        organization = issue.organization
        director = self.staff.director_of(organization)
        self._step(issue.id, State.NOTIFIED, number, ON_SITE + 2, self.staff.evaluator)
        self._step(issue.id, State.ACCEPTED, number, PUBLISHED + 1, director)
        self._step(issue.id, State.PLANNING, number, PUBLISHED + 2, director, "两周内补齐并组织学习")
        self._step(issue.id, State.RECTIFYING, number, PUBLISHED + 3, director)
        if issue.severity > Issue.Severity.MINOR:
            evidence.keep(
                by=director, at=self._at(number, PUBLISHED + 7), about=Evidence.About.ISSUE,
                subject_id=issue.id, organization_id=organization.id, seat_key=issue.seat_key, name="整改材料.pdf",
                content=PROOF,
            )  # fmt: skip
        self._step(issue.id, State.SUBMITTED, number, PUBLISHED + 7, director, "已补齐，见附件和现场")
        self._step(issue.id, State.VERIFIED, number, PUBLISHED + 8, self.staff.evaluator)
        self._step(issue.id, State.CLOSED, number, PUBLISHED + 9, self.staff.evaluator, "复查合格，销号")

    def _step(self, issue_id: UUID, to: str, number: int, days: int, by: Actor, note: str = "") -> None:
        issues.move(by=by, at=self._at(number, days), issue_id=issue_id, to=to, note=note)


def own_clinic(staff: Staff) -> Organization:
    """Where the demonstration doctor works."""
    return next(each for each in staff.clinics if each.id == staff.doctor.organization_id)


def _quantity(item: Item, given: object) -> dict[str, Any]:
    """As an entry takes it: points outright for what is judged by eye, else the quantity its method wants."""
    return {"points": given} if item.method == "manual" else {"quantity": given}
