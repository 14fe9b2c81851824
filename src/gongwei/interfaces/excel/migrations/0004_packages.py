"""Packages: a county's old data as one act, and what their rows need besides."""

import django.contrib.postgres.fields
import django.db.models.deletion
import gongwei.base.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('excel', '0003_portions'),
    ]

    operations = [
        migrations.CreateModel(
            name='Package',
            fields=[
                ('id', models.UUIDField(db_comment='编号', default=gongwei.base.ids.uuid7, editable=False, primary_key=True, serialize=False, verbose_name='编号')),
                ('name', models.CharField(db_comment='文件夹或压缩包的名称', max_length=200, verbose_name='名称')),
                ('area_key', models.BigIntegerField(db_comment='所属县区的区划代码', verbose_name='县区')),
                ('place', models.TextField(blank=True, db_comment='服务器上的位置；由页面上传的为空', default='', verbose_name='位置')),
                ('digest', models.BinaryField(db_comment='全部文件和对应文件的SM3摘要，用于识别重复导入', max_length=32, verbose_name='摘要')),
                ('size', models.BigIntegerField(db_comment='各文件大小之和（字节）', verbose_name='大小')),
                ('files', models.IntegerField(db_comment='文件数', verbose_name='文件数')),
                ('mapping', models.TextField(blank=True, db_comment='另行给出的对应文件（YAML）', default='', verbose_name='对应文件')),
                ('account_id', models.UUIDField(db_comment='经办账号', verbose_name='经办账号')),
                ('actor', models.JSONField(db_comment='经办人的岗位', verbose_name='经办人岗位')),
                ('approver', models.JSONField(db_comment='批准人的岗位，与经办人不是同一人', null=True, verbose_name='批准人岗位')),
                ('state', models.CharField(choices=[('received', '等待检查'), ('checking', '检查中'), ('checked', '待批准'), ('approved', '已批准，等待写入'), ('applying', '写入中'), ('applied', '已写入'), ('undoing', '撤销中'), ('undone', '已撤销'), ('refused', '不能读取'), ('discarded', '已放弃')], db_comment='状态', default='received', max_length=12, verbose_name='状态')),
                ('problem', models.TextField(blank=True, db_comment='不能继续的原因', default='', verbose_name='问题')),
                ('notes', models.JSONField(db_comment='需要经办人知道的情况', default=list, verbose_name='说明')),
                ('counts', models.JSONField(db_comment='各状态的行数', default=dict, verbose_name='行数')),
                ('run_id', models.UUIDField(db_comment='最近一次后台任务', null=True, verbose_name='后台任务')),
                ('created_at', models.DateTimeField(db_comment='接收时刻（UTC）', verbose_name='接收时刻')),
                ('checked_at', models.DateTimeField(db_comment='检查完成时刻（UTC）', null=True, verbose_name='检查时刻')),
                ('approved_at', models.DateTimeField(db_comment='批准时刻（UTC）', null=True, verbose_name='批准时刻')),
                ('applied_at', models.DateTimeField(db_comment='写入完成时刻（UTC）', null=True, verbose_name='写入时刻')),
                ('undone_at', models.DateTimeField(db_comment='撤销完成时刻（UTC）', null=True, verbose_name='撤销时刻')),
            ],
            options={
                'verbose_name': '数据包',
                'db_table_comment': '数据包：整体导入的原系统数据',
            },
        ),
        migrations.CreateModel(
            name='PackagePerson',
            fields=[
                ('id', models.BigAutoField(db_comment='编号', primary_key=True, serialize=False, verbose_name='编号')),
                ('key', models.BinaryField(db_comment='编号、证件号码或姓名、生日、村的带密钥摘要', max_length=16, verbose_name='索引')),
                ('row', models.UUIDField(db_comment='建档的行，也是居民的编号', verbose_name='行')),
                ('name', models.BinaryField(db_comment='姓名的带密钥摘要，用于核对', max_length=16, verbose_name='姓名索引')),
            ],
            options={
                'verbose_name': '数据包的居民',
                'db_table_comment': '数据包的居民：写入以前供其他各表核对',
            },
        ),
        migrations.AddField(
            model_name='upload',
            name='position',
            field=models.IntegerField(db_comment='在数据包中的次序', default=0, verbose_name='次序'),
        ),
        migrations.AddField(
            model_name='uploadrow',
            name='candidates',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), db_comment='需要人工核对的已有档案', null=True, size=None, verbose_name='可能的居民'),
        ),
        migrations.AddField(
            model_name='uploadrow',
            name='decision',
            field=models.CharField(choices=[('', '未确认'), ('same', '是同一人'), ('new', '不是同一人'), ('left_out', '不导入')], db_comment='人工核对的结果', db_default='', default='', max_length=8, verbose_name='核对结果'),
        ),
        migrations.AlterField(
            model_name='uploadrow',
            name='state',
            field=models.CharField(choices=[('accepted', '通过'), ('questioned', '通过，有提示'), ('existing', '已存在'), ('rejected', '未通过'), ('applied', '已写入'), ('waiting', '等待确认'), ('undone', '已撤销')], db_comment='检查和写入的结果', max_length=12, verbose_name='状态'),
        ),
        migrations.AddIndex(
            model_name='uploadrow',
            index=models.Index(condition=models.Q(('resident_id__isnull', False)), fields=['upload', 'resident_id'], name='uploadrow_resident'),
        ),
        migrations.AddIndex(
            model_name='package',
            index=models.Index(fields=['digest'], name='package_digest'),
        ),
        migrations.AddIndex(
            model_name='package',
            index=models.Index(fields=['area_key', '-created_at'], name='package_of_county'),
        ),
        migrations.AddField(
            model_name='upload',
            name='package',
            field=models.ForeignKey(db_comment='所属数据包；单独上传的为空', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='uploads', to='excel.package', verbose_name='数据包'),
        ),
        migrations.AddField(
            model_name='packageperson',
            name='package',
            field=models.ForeignKey(db_comment='数据包', db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='excel.package', verbose_name='数据包'),
        ),
        migrations.AddIndex(
            model_name='packageperson',
            index=models.Index(fields=['package', 'key'], name='packageperson_key'),
        ),
    ]
