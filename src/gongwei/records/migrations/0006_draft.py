import django.db.models.deletion
import gongwei.base.ids
from django.db import migrations, models

from gongwei.base import rls

# One's own, about a resident within reach: the resident's own policy decides the second.
OWN = (
    f'"records_draft".account_id = {rls.ACCOUNT} and exists '
    '(select 1 from residents_resident person where person.id = "records_draft".resident_id)'
)


class Migration(migrations.Migration):

    dependencies = [
        ('records', '0005_dismissed'),
        ('residents', '0003_id_index'),
    ]

    operations = [
        migrations.CreateModel(
            name='Draft',
            fields=[
                ('id', models.UUIDField(db_comment='编号', default=gongwei.base.ids.uuid7, editable=False, primary_key=True, serialize=False, verbose_name='编号')),
                ('account_id', models.UUIDField(db_comment='填写人的账号；只有本人看得到', verbose_name='账号')),
                ('form_code', models.CharField(db_comment='页面上第一张表的代码', max_length=60, verbose_name='表单')),
                ('content_cipher', models.BinaryField(blank=True, db_comment='未完成的内容（加密）；已保存或放弃的为空', null=True, verbose_name='内容')),
                ('begun_at', models.DateTimeField(db_comment='开始填写的时刻（UTC）', verbose_name='开始时刻')),
                ('kept_at', models.DateTimeField(db_comment='最近一次暂存的时刻（UTC）', verbose_name='暂存时刻')),
                ('resident', models.ForeignKey(db_comment='居民', db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='residents.resident', verbose_name='居民')),
            ],
            options={
                'verbose_name': '暂存',
                'db_table_comment': '未完成的填写内容（暂存），不作为记录，不计入任何统计',
                'indexes': [models.Index(fields=['kept_at'], name='draft_kept')],
                'constraints': [models.UniqueConstraint(fields=('account_id', 'resident', 'form_code'), name='draft_one_of_form')],
            },
        ),
        rls.EnableByCondition("records_draft", OWN),
        rls.GrantOnly("records_draft", "SELECT, INSERT, UPDATE (content_cipher, begun_at, kept_at)"),
    ]
