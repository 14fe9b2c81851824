import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models

import gongwei.base.ids
from gongwei.base import rls
from gongwei.records import guards
from gongwei.settlement import run_guards


class Migration(migrations.Migration):

    dependencies = [
        ('records', '0006_draft'),
        ('residents', '0004_plain_unique_keys'),
        ('settlement', '0003_funds_budgets'),
    ]

    operations = [
        migrations.CreateModel(
            name='SettlementScheme',
            fields=[
                ('id', models.UUIDField(db_comment='编号', default=gongwei.base.ids.uuid7, editable=False, primary_key=True, serialize=False, verbose_name='编号')),
                ('area_key', models.BigIntegerField(db_comment='12位县级区划代码', verbose_name='县区')),
                ('year', models.SmallIntegerField(db_comment='预算年度', verbose_name='年度')),
                ('pot', models.CharField(db_comment='资金类别：original原项目 transferred划转项目', max_length=12, verbose_name='资金类别')),
                ('document', models.CharField(db_comment='依据的文件（文号）', max_length=200, verbose_name='文件')),
                ('note', models.CharField(blank=True, db_comment='说明', default='', max_length=200, verbose_name='说明')),
                ('state', models.CharField(choices=[('draft', '待审批'), ('approved', '已批准'), ('replaced', '已调整'), ('withdrawn', '已撤回')], db_comment='状态', default='draft', max_length=10, verbose_name='状态')),
                ('recorded_at', models.DateTimeField(db_comment='编制时刻（UTC）', verbose_name='编制时刻')),
                ('recorded_by', models.UUIDField(blank=True, db_comment='编制的账号，空为系统', null=True, verbose_name='编制账号')),
                ('approved_at', models.DateTimeField(blank=True, db_comment='批准时刻（UTC）', null=True, verbose_name='批准时刻')),
                ('approved_by', models.UUIDField(blank=True, db_comment='批准的账号，空为系统', null=True, verbose_name='批准账号')),
                ('ended_at', models.DateTimeField(blank=True, db_comment='调整或撤回时刻（UTC）', null=True, verbose_name='调整或撤回时刻')),
                ('ended_by', models.UUIDField(blank=True, db_comment='调整或撤回的账号', null=True, verbose_name='调整或撤回账号')),
                ('reason', models.CharField(blank=True, db_comment='撤回的理由', default='', max_length=200, verbose_name='撤回理由')),
                ('version', models.SmallIntegerField(db_comment='同一县区、年度、资金类别的第几版', verbose_name='版本')),
                ('title', models.CharField(db_comment='名称', max_length=100, verbose_name='名称')),
                ('content', models.JSONField(db_comment='方案内容：分配办法、比例、当量、单价、系数（数值写成文字）', verbose_name='内容')),
                ('digest', models.CharField(db_comment='内容的SHA-256', max_length=64, verbose_name='内容摘要')),
            ],
            options={
                'verbose_name': '结算方案',
                'db_table_comment': '结算方案：分配办法、服务当量和单价、得分与拨付，各版本都保留',
                'abstract': False,
                'constraints': [models.CheckConstraint(condition=models.Q(('pot__in', ['original', 'transferred'])), name='settlement_settlementscheme_pot'), models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'approved', 'replaced', 'withdrawn'])), name='settlement_settlementscheme_state'), models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'withdrawn']), ('approved_at__isnull', False), _connector='OR'), name='settlement_settlementscheme_approved'), models.CheckConstraint(condition=models.Q(('approved_by__isnull', True), ('recorded_by__isnull', True), models.Q(('approved_by', models.F('recorded_by')), _negated=True), _connector='OR'), name='settlement_settlementscheme_four_eyes'), models.CheckConstraint(condition=models.Q(('document', ''), _negated=True), name='settlement_settlementscheme_document'), models.UniqueConstraint(fields=('area_key', 'year', 'pot', 'version'), name='settlement_scheme_version'), models.UniqueConstraint(condition=models.Q(('state', 'approved')), fields=('area_key', 'year', 'pot'), name='settlement_scheme_in_force')],
            },
        ),
        migrations.CreateModel(
            name='SettlementRun',
            fields=[
                ('id', models.UUIDField(db_comment='编号', default=gongwei.base.ids.uuid7, editable=False, primary_key=True, serialize=False, verbose_name='编号')),
                ('title', models.CharField(db_comment='名称', max_length=100, verbose_name='名称')),
                ('county_key', models.BigIntegerField(db_comment='12位县级区划代码', verbose_name='县区')),
                ('year', models.SmallIntegerField(db_comment='预算年度', verbose_name='年度')),
                ('pot', models.CharField(db_comment='资金类别：original原项目 transferred划转项目', max_length=12, verbose_name='资金类别')),
                ('first', models.DateField(db_comment='服务日期自', verbose_name='起始日期')),
                ('last', models.DateField(db_comment='服务日期至', verbose_name='截止日期')),
                ('state', models.CharField(choices=[('running', '计算中'), ('computed', '已计算'), ('submitted', '待审批'), ('approved', '已批准'), ('posted', '已入账'), ('published', '已公布'), ('returned', '已退回'), ('failed', '未完成')], db_comment='状态', max_length=10, verbose_name='状态')),
                ('snapshot_id', models.UUIDField(db_comment='所用快照的编号', verbose_name='快照')),
                ('cut_at', models.DateTimeField(db_comment='快照的截止时刻（UTC）', verbose_name='截止时刻')),
                ('measure_run_id', models.UUIDField(db_comment='评分所据的指标计算', null=True, verbose_name='指标计算')),
                ('inputs', models.JSONField(db_comment='冻结的输入：方案、服务定义、参数、总额、得分、疑点、预拨、人口', verbose_name='所据')),
                ('inputs_digest', models.CharField(db_comment='输入的SHA-256', max_length=64, verbose_name='输入摘要')),
                ('result_digest', models.CharField(blank=True, db_comment='明细结果的SHA-256', default='', max_length=64, verbose_name='结果摘要')),
                ('total_fen', models.BigIntegerField(db_comment='分配的总额（分）', default=0, verbose_name='总额')),
                ('base_fen', models.BigIntegerField(db_comment='各机构基数合计（分）', default=0, verbose_name='基数合计')),
                ('due_fen', models.BigIntegerField(db_comment='各机构应拨合计（分）', default=0, verbose_name='应拨合计')),
                ('withheld_fen', models.BigIntegerField(db_comment='各机构扣减合计（分）', default=0, verbose_name='扣减合计')),
                ('reward_fen', models.BigIntegerField(db_comment='奖励合计（分）', default=0, verbose_name='奖励合计')),
                ('files', models.JSONField(db_comment='逐条服务文件：行数、字节数、摘要', default=dict, verbose_name='明细文件')),
                ('seconds', models.FloatField(db_comment='用时（秒）', default=0, verbose_name='用时')),
                ('counting_seconds', models.FloatField(db_comment='其中统计服务记录的用时（秒）', default=0, verbose_name='统计用时')),
                ('at', models.DateTimeField(db_comment='开始时刻（UTC）', verbose_name='开始时刻')),
                ('by', models.UUIDField(blank=True, db_comment='编制的账号，空为系统', null=True, verbose_name='编制账号')),
                ('finished_at', models.DateTimeField(db_comment='计算完成时刻（UTC）', null=True, verbose_name='完成时刻')),
                ('submitted_at', models.DateTimeField(db_comment='提交审批的时刻（UTC）', null=True, verbose_name='提交时刻')),
                ('submitted_by', models.UUIDField(db_comment='提交审批的账号', null=True, verbose_name='提交账号')),
                ('approved_at', models.DateTimeField(db_comment='批准或退回的时刻（UTC）', null=True, verbose_name='批准时刻')),
                ('approved_by', models.UUIDField(db_comment='批准或退回的账号', null=True, verbose_name='批准账号')),
                ('published_at', models.DateTimeField(db_comment='公布时刻（UTC）', null=True, verbose_name='公布时刻')),
                ('note', models.CharField(blank=True, db_comment='说明、退回理由', default='', max_length=200, verbose_name='说明')),
                ('follows', models.ForeignKey(db_comment='同一期间上一次结算', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='settlement.settlementrun', verbose_name='上一次结算')),
                ('scheme', models.ForeignKey(db_comment='结算方案；空为缺省方案', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='runs', to='settlement.settlementscheme', verbose_name='结算方案')),
            ],
            options={
                'verbose_name': '结算',
                'db_table_comment': '每次结算：冻结的输入和合计',
            },
        ),
        migrations.CreateModel(
            name='OtherFund',
            fields=[
                ('id', models.UUIDField(db_comment='编号', default=gongwei.base.ids.uuid7, editable=False, primary_key=True, serialize=False, verbose_name='编号')),
                ('area_key', models.BigIntegerField(db_comment='居民现居住村（居）委会的12位区划代码', verbose_name='居住区划')),
                ('payer', models.CharField(db_comment='支付的经费，如医保、职工体检、其他项目', max_length=100, verbose_name='经费来源')),
                ('reason', models.CharField(db_comment='依据和说明（不写居民姓名和证件号码）', max_length=200, verbose_name='说明')),
                ('at', models.DateTimeField(db_comment='登记时刻（UTC）', verbose_name='登记时刻')),
                ('by', models.UUIDField(db_comment='登记的账号，空为系统', null=True, verbose_name='登记账号')),
                ('withdrawn_at', models.DateTimeField(db_comment='撤销时刻（UTC），空为有效', null=True, verbose_name='撤销时刻')),
                ('withdrawn_by', models.UUIDField(db_comment='撤销的账号', null=True, verbose_name='撤销账号')),
                ('withdrawn_because', models.CharField(blank=True, db_comment='撤销的理由', default='', max_length=200, verbose_name='撤销理由')),
                ('resident', models.ForeignKey(db_comment='居民', db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='residents.resident', verbose_name='居民')),
                ('response', models.ForeignKey(db_comment='填报表', on_delete=django.db.models.deletion.PROTECT, related_name='+', to='records.response', verbose_name='填报表')),
            ],
            options={
                'verbose_name': '其他经费支付',
                'db_table_comment': '由其他经费支付的服务：计入指标，不计入补助资金',
                'constraints': [models.UniqueConstraint(condition=models.Q(('withdrawn_at', None)), fields=('response',), name='settlement_otherfund_once'), models.CheckConstraint(condition=models.Q(models.Q(('payer', ''), _negated=True), models.Q(('reason', ''), _negated=True)), name='settlement_otherfund_told'), models.CheckConstraint(condition=models.Q(('withdrawn_at__isnull', True), models.Q(('withdrawn_because', ''), _negated=True), _connector='OR'), name='settlement_otherfund_withdrawn')],
            },
        ),
        migrations.CreateModel(
            name='RunUnit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization_id', models.UUIDField(db_comment='机构编号', verbose_name='机构')),
                ('name', models.CharField(db_comment='当时的名称', max_length=100, verbose_name='名称')),
                ('seat_key', models.BigIntegerField(db_comment='机构所在区划代码', verbose_name='区划')),
                ('level', models.CharField(db_comment='town乡镇 village村级', max_length=8, verbose_name='级别')),
                ('town_id', models.UUIDField(db_comment='所属乡镇卫生院或社区中心；乡镇级为其自身', verbose_name='所属乡镇机构')),
                ('persons', models.BigIntegerField(db_comment='服务人口', verbose_name='人口')),
                ('points', models.DecimalField(db_comment='年度得分（不四舍五入），空为未评价', decimal_places=15, max_digits=20, null=True, verbose_name='得分')),
                ('points_of', models.UUIDField(db_comment='得分出自哪个机构；沿用乡镇机构得分时不同', null=True, verbose_name='得分机构')),
                ('veto', models.BooleanField(db_comment='是否因认定弄虚作假一票否决', verbose_name='一票否决')),
                ('coefficient', models.DecimalField(db_comment='质量系数', decimal_places=10, max_digits=12, verbose_name='质量系数')),
                ('ratio', models.DecimalField(db_comment='拨付比例（显示用，计算用精确分数）', decimal_places=10, max_digits=12, verbose_name='拨付比例')),
                ('equivalents', models.DecimalField(db_comment='工作当量合计', decimal_places=6, max_digits=18, verbose_name='工作当量')),
                ('base_fen', models.BigIntegerField(db_comment='基数（分）', verbose_name='基数')),
                ('due_fen', models.BigIntegerField(db_comment='应拨（分）', verbose_name='应拨')),
                ('withheld_fen', models.BigIntegerField(db_comment='扣减（分）', verbose_name='扣减')),
                ('prepaid_fen', models.BigIntegerField(db_comment='已预拨（分）', verbose_name='已拨')),
                ('final_fen', models.BigIntegerField(db_comment='结算（分），负数为应收回或抵扣', verbose_name='结算')),
                ('reward_fen', models.BigIntegerField(db_comment='奖励（分）', verbose_name='奖励')),
                ('topup_fen', models.BigIntegerField(db_comment='扣减部分由本级财政补齐的金额（分）', verbose_name='本级补齐')),
                ('run', models.ForeignKey(db_comment='结算', db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='units', to='settlement.settlementrun', verbose_name='结算')),
            ],
            options={
                'verbose_name': '机构结算',
                'db_table_comment': '一次结算中各机构的合计',
                'indexes': [models.Index(fields=['run', 'town_id'], name='settlement_unit_town')],
                'constraints': [models.UniqueConstraint(fields=('run', 'organization_id'), name='settlement_unit_once'), models.CheckConstraint(condition=models.Q(('base_fen', django.db.models.expressions.CombinedExpression(models.F('due_fen'), '+', models.F('withheld_fen'))), ('final_fen', django.db.models.expressions.CombinedExpression(models.F('due_fen'), '-', models.F('prepaid_fen')))), name='settlement_unit_whole'), models.CheckConstraint(condition=models.Q(('level__in', ['town', 'village'])), name='settlement_unit_level'), models.CheckConstraint(condition=models.Q(('base_fen__gte', 0), ('due_fen__gte', 0), ('reward_fen__gte', 0), ('withheld_fen__gte', 0)), name='settlement_unit_amounts')],
            },
        ),
        migrations.CreateModel(
            name='RunTally',
            fields=[
                ('id', models.BigAutoField(db_comment='编号', primary_key=True, serialize=False)),
                ('organization_id', models.UUIDField(db_comment='服务机构', null=True, verbose_name='机构')),
                ('practitioner_id', models.UUIDField(db_comment='服务人员', null=True, verbose_name='医务人员')),
                ('service', models.CharField(db_comment='计价服务代码', max_length=60, verbose_name='服务')),
                ('reason', models.CharField(blank=True, db_comment='未计入的原因代码；空为计入', default='', max_length=20, verbose_name='原因')),
                ('late', models.BooleanField(db_comment='是否超过规定天数才录入', verbose_name='迟录')),
                ('remote', models.BooleanField(db_comment='是否在边远村', verbose_name='边远')),
                ('records', models.BigIntegerField(db_comment='记录数', verbose_name='记录数')),
                ('run', models.ForeignKey(db_comment='结算', db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='tallies', to='settlement.settlementrun', verbose_name='结算')),
            ],
            options={
                'verbose_name': '服务统计',
                'db_table_comment': '一次结算中计入和未计入的服务记录数',
                'indexes': [models.Index(fields=['run', 'organization_id', 'service'], name='settlement_tally_of')],
            },
        ),
        migrations.CreateModel(
            name='RunStaff',
            fields=[
                ('id', models.BigAutoField(db_comment='编号', primary_key=True, serialize=False)),
                ('organization_id', models.UUIDField(db_comment='机构编号', verbose_name='机构')),
                ('practitioner_id', models.UUIDField(db_comment='医务人员，空为机构留用', null=True, verbose_name='医务人员')),
                ('equivalents', models.DecimalField(db_comment='工作当量', decimal_places=6, max_digits=18, verbose_name='工作当量')),
                ('base_fen', models.BigIntegerField(db_comment='所属明细的金额合计（分）', verbose_name='基数')),
                ('due_fen', models.BigIntegerField(db_comment='应得（分）', verbose_name='应得')),
                ('run', models.ForeignKey(db_comment='结算', db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='staff', to='settlement.settlementrun', verbose_name='结算')),
            ],
            options={
                'verbose_name': '人员结算',
                'db_table_comment': '一次结算中机构内部按工作当量的分配',
                'constraints': [models.UniqueConstraint(fields=('run', 'organization_id', 'practitioner_id'), name='settlement_staff_once', nulls_distinct=False)],
            },
        ),
        migrations.CreateModel(
            name='RunLine',
            fields=[
                ('id', models.BigAutoField(db_comment='编号', primary_key=True, serialize=False)),
                ('organization_id', models.UUIDField(db_comment='得款机构', verbose_name='机构')),
                ('origin_id', models.UUIDField(db_comment='提供服务的机构；乡村分担时可不同', verbose_name='服务机构')),
                ('practitioner_id', models.UUIDField(db_comment='医务人员，空为机构', null=True, verbose_name='医务人员')),
                ('service', models.CharField(db_comment='计价服务代码；空为按人口的部分', max_length=60, verbose_name='服务')),
                ('records', models.BigIntegerField(db_comment='计入的服务次数', verbose_name='次数')),
                ('quantity', models.DecimalField(db_comment='计入数量（含迟录、边远系数）', decimal_places=4, max_digits=18, verbose_name='数量')),
                ('weight', models.DecimalField(db_comment='每次服务的工作当量', decimal_places=6, max_digits=12, verbose_name='当量')),
                ('unit_fen', models.DecimalField(db_comment='单价（分），按总额分配时为空', decimal_places=6, max_digits=20, null=True, verbose_name='单价')),
                ('coefficient', models.DecimalField(db_comment='质量系数', decimal_places=10, max_digits=12, verbose_name='质量系数')),
                ('share', models.DecimalField(db_comment='本机构分得的比例', decimal_places=6, max_digits=7, verbose_name='比例')),
                ('equivalents', models.DecimalField(db_comment='数量×当量×质量系数×比例', decimal_places=6, max_digits=18, verbose_name='计入当量')),
                ('amount_fen', models.BigIntegerField(db_comment='金额（分）', verbose_name='金额')),
                ('run', models.ForeignKey(db_comment='结算', db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='settlement.settlementrun', verbose_name='结算')),
            ],
            options={
                'verbose_name': '结算明细',
                'db_table_comment': '一次结算的明细：机构、医务人员、服务',
                'indexes': [models.Index(fields=['run', 'organization_id'], name='settlement_line_of')],
            },
        ),
        migrations.AddIndex(
            model_name='settlementrun',
            index=models.Index(fields=['county_key', 'year', '-at'], name='settlement_run_latest'),
        ),
        migrations.AddConstraint(
            model_name='settlementrun',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['running', 'computed', 'submitted', 'approved', 'posted', 'published', 'returned', 'failed'])), name='settlement_run_state'),
        ),
        migrations.AddConstraint(
            model_name='settlementrun',
            constraint=models.CheckConstraint(condition=models.Q(('pot__in', ['original', 'transferred'])), name='settlement_run_pot'),
        ),
        migrations.AddConstraint(
            model_name='settlementrun',
            constraint=models.CheckConstraint(condition=models.Q(('first__lte', models.F('last')), ('first__year', models.F('last__year'))), name='settlement_run_period'),
        ),
        migrations.AddConstraint(
            model_name='settlementrun',
            constraint=models.CheckConstraint(condition=models.Q(('base_fen', django.db.models.expressions.CombinedExpression(models.F('due_fen'), '+', models.F('withheld_fen')))), name='settlement_run_whole'),
        ),
        migrations.AddConstraint(
            model_name='settlementrun',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['running', 'failed']), models.Q(('result_digest', ''), _negated=True), _connector='OR'), name='settlement_run_digest'),
        ),
        migrations.AddConstraint(
            model_name='settlementrun',
            constraint=models.CheckConstraint(condition=models.Q(('approved_by__isnull', True), models.Q(('approved_by', models.F('submitted_by')), _negated=True), _connector='OR'), name='settlement_run_four_eyes'),
        ),
        migrations.AddConstraint(
            model_name='settlementrun',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['running', 'failed', 'returned']), _negated=True), fields=('inputs_digest',), name='settlement_run_once'),
        ),
        # What a run found is added once and never changed; a request reads it and moves the run through the offices.
        *(
            operation
            for table in ("rununit", "runline", "runtally", "runstaff")
            for operation in (
                rls.AppendOnly(f"settlement_{table}"),
                rls.GrantOnly(f"settlement_{table}", "SELECT"),
            )
        ),
        migrations.RunSQL(run_guards.CREATE, run_guards.DROP),
        rls.GrantOnly("settlement_settlementrun", f"SELECT, INSERT, UPDATE ({run_guards.RUN_MOVES})"),
        rls.EnableByArea("settlement_settlementscheme"),
        rls.GrantOnly("settlement_settlementscheme", f"SELECT, INSERT, UPDATE ({run_guards.SCHEME_MOVES})"),
        guards.follows_resident("settlement_otherfund"),
        rls.EnableByArea("settlement_otherfund"),
        guards.append_only(
            "settlement_otherfund",
            ("resident_id", "area_key", "withdrawn_at", "withdrawn_by", "withdrawn_because"),
        ),
        rls.GrantOnly(
            "settlement_otherfund",
            "SELECT, INSERT, UPDATE (withdrawn_at, withdrawn_by, withdrawn_because)",
        ),
    ]
