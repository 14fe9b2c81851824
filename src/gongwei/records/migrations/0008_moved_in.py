from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('places', '0002_row_level_security'),
        ('records', '0007_draft_corrects'),
        ('residents', '0004_plain_unique_keys'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='encounter',
            name='encounter_source_known',
        ),
        migrations.AddField(
            model_name='encounter',
            name='first_entered_on',
            field=models.DateField(blank=True, db_comment='原系统迁入的记录在原系统录入的日期，空为原系统未提供', null=True, verbose_name='原录入日期'),
        ),
        migrations.AlterField(
            model_name='encounter',
            name='source',
            field=models.CharField(choices=[('page', '页面录入'), ('phone', '移动端'), ('import', '导入'), ('package', '原系统迁入'), ('device', '设备上传'), ('hospital', '医院共享'), ('simulated', '模拟')], db_comment='来源：页面、移动端、导入、原系统迁入、设备、医院、模拟', max_length=12, verbose_name='来源'),
        ),
        migrations.AddConstraint(
            model_name='encounter',
            constraint=models.CheckConstraint(condition=models.Q(('source__in', ['page', 'phone', 'import', 'package', 'device', 'hospital', 'simulated'])), name='encounter_source_known'),
        ),
        migrations.AddConstraint(
            model_name='encounter',
            constraint=models.CheckConstraint(condition=models.Q(('first_entered_on__isnull', True), models.Q(('first_entered_on__gte', models.F('done_on')), ('source', 'package')), _connector='OR'), name='encounter_first_entered'),
        ),
    ]
