"""A resident and what identifies the resident.

Identity and telephone numbers are sealed (`*_cipher`, SM4-GCM) and found by keyed blind indexes (`*_key`,
HMAC-SM3): whole number, last four and last six (dataplane.md, reliability.md §1.7). Names are plain, with every
pinyin reading beside them, because search needs them.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from gongwei.base import ids
from gongwei.places.models import Area, Grid, Organization, Practitioner
from gongwei.residents import states

STATUS_CHOICES = [(state.code, state.title) for state in states.STATES.values()]
RECORD_NO_PATTERN = r"^[0-9]{9}(0(0[1-9]|[1-9][0-9])|1(0[1-9]|[1-9][0-9])|9(0[1-9]|[1-9][0-9]))[0-9]{5}$"


class Resident(models.Model):
    """A person with, or due, a health record: items 1–11 of 个人基本信息表 and the cover (records.md §4)."""

    id = models.UUIDField("编号", primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    record_no = models.CharField(
        "档案编号",
        max_length=17,
        null=True,
        db_comment="17位居民健康档案编号，建档时产生，终身不变",
    )
    record_no_aliases = ArrayField(
        models.CharField(max_length=17), default=list, db_comment="曾用档案编号（合并、改编）"
    )
    name = models.CharField("姓名", max_length=50, db_comment="姓名")
    name_sort = models.TextField("姓名拼音", db_comment="姓名全拼（首选读音），用于排序")
    initials = ArrayField(models.TextField(), default=list, db_comment="拼音首字母，多音姓氏每种读音一个")
    pinyin = ArrayField(models.TextField(), default=list, db_comment="全拼，多音姓氏每种读音一个")
    sex = models.CharField("性别", max_length=1, db_comment="性别（GB/T 2261.1：0未知 1男 2女 9未说明）")
    birth_date = models.DateField("出生日期", db_comment="出生日期")
    birth_date_estimated = models.BooleanField(
        "出生日期为估计", default=False, db_comment="出生日期是否为估计"
    )
    id_type = models.CharField("证件类别", max_length=2, db_comment="证件类别（CV02.01.101）")
    id_cipher = models.BinaryField("证件号码密文", null=True, db_comment="证件号码（SM4-GCM密文）")
    id_key = models.BinaryField("证件号码索引", null=True, db_comment="证件类别与号码的带密钥摘要")
    id_last4_key = models.BinaryField("证件后4位索引", null=True, db_comment="证件号码后4位的带密钥摘要")
    id_last6_key = models.BinaryField("证件后6位索引", null=True, db_comment="证件号码后6位的带密钥摘要")
    no_id_reason = models.CharField("无证件原因", max_length=100, blank=True, db_comment="无身份证件的原因")
    phone_cipher = models.BinaryField("本人电话密文", null=True, db_comment="本人电话（SM4-GCM密文）")
    phone_key = models.BinaryField("电话索引", null=True, db_comment="本人电话的带密钥摘要")
    phone_last4_key = models.BinaryField("电话后4位索引", null=True, db_comment="本人电话后4位的带密钥摘要")
    contact_name = models.CharField("联系人姓名", max_length=50, blank=True, db_comment="联系人姓名")
    contact_phone_cipher = models.BinaryField(
        "联系人电话密文", null=True, db_comment="联系人电话（SM4-GCM密文）"
    )
    contact_relation = models.CharField(
        "联系人关系", max_length=20, blank=True, db_comment="联系人与本人的关系"
    )
    employer = models.CharField("工作单位", max_length=70, blank=True, db_comment="工作单位")
    area = models.ForeignKey(
        Area,
        models.PROTECT,
        db_column="area_key",
        db_index=False,
        related_name="+",
        verbose_name="现住村（居）",
        db_comment="现住址所在村（居）委会的12位区划代码",
    )
    address = models.CharField("现住址", max_length=200, blank=True, db_comment="现住址（门牌）")
    hukou_area_code = models.CharField(
        "户籍区划", max_length=12, blank=True, db_comment="户籍地址区划代码，可在本地之外"
    )
    hukou_address = models.CharField("户籍地址", max_length=200, blank=True, db_comment="户籍地址")
    residence_type = models.CharField("常住类型", max_length=1, db_comment="常住类型：1户籍 2非户籍")
    resident_since = models.DateField(
        "居住起始日期", null=True, db_comment="在本地居住的起始日期，满6个月为常住"
    )
    household = models.ForeignKey(
        "residents.Household",
        models.PROTECT,
        null=True,
        related_name="members",
        verbose_name="家庭",
        db_comment="家庭",
    )
    relation_to_head = models.CharField(
        "与户主关系", max_length=2, blank=True, db_comment="与户主关系（GB/T 4761）"
    )
    grid = models.ForeignKey(
        Grid, models.PROTECT, null=True, related_name="+", verbose_name="网格", db_comment="网格"
    )
    managing_organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", verbose_name="管理机构", db_comment="档案管理机构"
    )
    responsible_doctor = models.ForeignKey(
        Practitioner,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name="责任医生",
        db_comment="责任医生",
    )
    status = models.CharField("档案状态", max_length=20, choices=STATUS_CHOICES, db_comment="档案状态")
    status_since = models.DateField("状态起始日期", db_comment="进入当前状态的日期")
    cancel_reason = models.CharField(
        "注销原因", max_length=1, blank=True, db_comment="注销原因：1死亡 2迁出 3失访 4拒绝 5重复 9其他"
    )
    cancel_note = models.CharField("注销说明", max_length=200, blank=True, db_comment="注销的说明、去向")
    death_on = models.DateField("死亡日期", null=True, db_comment="死亡日期")
    death_cause = models.CharField(
        "死亡原因", max_length=200, blank=True, db_comment="死亡原因（ICD-10或文字）"
    )
    filed_on = models.DateField("建档日期", null=True, db_comment="建档日期")
    filed_by = models.ForeignKey(
        Practitioner,
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="+",
        verbose_name="建档人",
        db_comment="建档人",
    )
    filed_organization = models.ForeignKey(
        Organization,
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="+",
        verbose_name="建档单位",
        db_comment="建档单位",
    )
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="merged_from",
        verbose_name="合并到",
        db_comment="合并到的档案",
    )
    origin = models.CharField(
        "来源", max_length=10, db_comment="来源：page phone import device hospital job command simulated"
    )
    version = models.IntegerField("版本", default=1, db_comment="版本号，每次修改加一")
    created_at = models.DateTimeField("登记时间", db_comment="登记时间")
    created_by = models.UUIDField("登记账号", null=True, db_comment="登记账号")
    updated_at = models.DateTimeField("修改时间", db_comment="最近修改时间")
    updated_by = models.UUIDField("修改账号", null=True, db_comment="最近修改账号")

    class Meta:
        verbose_name = "居民"
        db_table_comment = "居民（档案封面与个人基本信息第1–11项）"
        constraints = [
            # Rows of the stages above carry (resident, area_key) and follow a move by ON UPDATE CASCADE.
            models.UniqueConstraint(fields=["id", "area"], name="residents_resident_id_area"),
            # Not `unique=True`: nobody asks for numbers LIKE something, and the index for that costs a city minutes.
            models.UniqueConstraint(fields=["record_no"], name="residents_resident_one_per_number"),
            models.UniqueConstraint(
                fields=["id_key"],
                condition=~Q(status__in=[states.CANCELLED, states.MERGED]),
                name="residents_resident_one_per_document",
            ),
            models.CheckConstraint(
                condition=Q(status__in=list(states.STATES)), name="residents_resident_status"
            ),
            models.CheckConstraint(
                condition=Q(record_no=None)
                | Q(record_no__regex=RECORD_NO_PATTERN) & ~Q(record_no__endswith="00000"),
                name="residents_resident_record_no",
            ),
            models.CheckConstraint(
                condition=~Q(record_no=None)
                | Q(status__in=[states.DRAFT, states.RETURNED, states.CANCELLED, states.MERGED]),
                name="residents_resident_filed_has_number",
            ),
            models.CheckConstraint(condition=Q(sex__in=["0", "1", "2", "9"]), name="residents_resident_sex"),
            models.CheckConstraint(
                condition=Q(residence_type__in=["1", "2"]), name="residents_resident_residence_type"
            ),
            models.CheckConstraint(
                condition=Q(id_key=None, id_cipher=None) | Q(id_key__isnull=False, id_cipher__isnull=False),
                name="residents_resident_id_pair",
            ),
            models.CheckConstraint(
                condition=Q(status=states.CANCELLED, cancel_reason__in=["1", "2", "3", "4", "5", "9"])
                | ~Q(status=states.CANCELLED) & Q(cancel_reason=""),
                name="residents_resident_cancel_reason",
            ),
            models.CheckConstraint(
                condition=Q(status=states.MERGED, merged_into__isnull=False)
                | ~Q(status=states.MERGED) & Q(merged_into=None),
                name="residents_resident_merged_into",
            ),
            models.CheckConstraint(
                condition=Q(death_on=None) | Q(death_on__gte=F("birth_date")), name="residents_resident_death"
            ),
            models.CheckConstraint(condition=Q(version__gte=1), name="residents_resident_version"),
        ]
        indexes = [
            # Each search key carries the area, so that a village finds its own without reading the city's.
            models.Index(fields=["name", "area"], name="residents_name"),
            models.Index(fields=["birth_date", "name"], name="residents_birth_name"),
            # The unique one above leaves ended records out; search and matching look for these as well.
            models.Index(fields=["id_key"], name="residents_id"),
            models.Index(fields=["id_last4_key", "area"], name="residents_id_last4"),
            models.Index(fields=["id_last6_key", "area"], name="residents_id_last6"),
            models.Index(fields=["phone_key", "area"], name="residents_phone"),
            models.Index(fields=["phone_last4_key", "area"], name="residents_phone_last4"),
            # Few have a former number, and whoever brings old records asks for thousands of numbers at a time.
            models.Index(
                fields=["area"], condition=~Q(record_no_aliases=[]), name="residents_former_numbers"
            ),
            # Orders of the list: the second key makes each order total; the rest answers filters from the index.
            models.Index(
                fields=["area", "name_sort", "id"],
                include=["status", "birth_date"],
                name="residents_list_area_name",
            ),
            models.Index(
                fields=["name_sort", "id"],
                include=["area", "status", "birth_date"],
                name="residents_list_name",
            ),
            models.Index(
                fields=["birth_date", "id"], include=["area", "status"], name="residents_list_birth"
            ),
            models.Index(
                fields=["filed_on", "id"],
                include=["area", "status", "birth_date"],
                name="residents_list_filed",
            ),
            models.Index(
                fields=["record_no", "id"],
                include=["area", "status", "birth_date"],
                name="residents_list_number",
            ),
            models.Index(
                fields=["merged_into"], condition=~Q(merged_into=None), name="residents_merged_into"
            ),
        ]

    @property
    def area_key(self) -> int:
        """The 12-digit division code of the village."""
        return self.area_id

    @property
    def is_filed(self) -> bool:
        """Whether the record counts in 建档 totals (records.md §6)."""
        return states.STATES[self.status].counts


class ResidentIdentifier(models.Model):
    """An identity document a resident has or had; the present one also stands on the resident."""

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    resident = models.ForeignKey(Resident, models.PROTECT, related_name="identifiers", db_comment="居民")
    id_type = models.CharField("证件类别", max_length=2, db_comment="证件类别（CV02.01.101）")
    cipher = models.BinaryField("号码密文", db_comment="号码（SM4-GCM密文）")
    key = models.BinaryField("号码索引", db_comment="证件类别与号码的带密钥摘要")
    from_on = models.DateField("起始日期", null=True, db_comment="登记起始日期")
    until_on = models.DateField("截止日期", null=True, db_comment="截止日期（不含当日）；空为现用")
    reason = models.CharField("变更原因", max_length=100, blank=True, db_comment="变更原因")

    class Meta:
        verbose_name = "身份证件"
        db_table_comment = "身份证件历史"
        indexes = [models.Index(fields=["key"], name="residents_identifier_key")]


class RecordNumberSeries(models.Model):
    """The last serial given in one segment: `320723101101` for record numbers, prefixed for other series."""

    segment = models.CharField("号段", max_length=16, primary_key=True, db_comment="号段（档案编号前12位等）")
    last = models.IntegerField("末号", db_comment="最近发出的顺序号，用完不回绕")

    class Meta:
        verbose_name = "编号序列"
        db_table_comment = "档案编号等的顺序号"
        constraints = [
            models.CheckConstraint(condition=Q(last__gte=0, last__lte=99999), name="residents_series_range")
        ]


class ResidentTag(models.Model):
    """A key-population tag (人群分类) some provider computed; never typed (code_tables.md §6)."""

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False, db_comment="编号")
    resident = models.ForeignKey(
        Resident, models.PROTECT, db_index=False, related_name="tags", db_comment="居民"
    )
    code = models.CharField("人群分类", max_length=4, db_comment="人群分类（KP01…KP21）")
    since = models.DateField("起始日期", db_comment="起始日期")
    until = models.DateField("截止日期", null=True, db_comment="截止日期（不含当日）；空为至今")
    source = models.CharField("来源", max_length=40, db_comment="由哪个来源计算得出")

    class Meta:
        verbose_name = "人群分类标签"
        db_table_comment = "人群分类标签（计算得出，不手工填写）"
        constraints = [
            models.UniqueConstraint(
                fields=["resident", "code", "since", "source"], name="residents_tag_once"
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gt=F("since")), name="residents_tag_dates"
            ),
        ]
        indexes = [models.Index(fields=["code", "resident"], name="residents_tag_code")]
