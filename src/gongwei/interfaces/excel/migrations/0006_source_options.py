"""The codes of a sheet of a package in our words, as its mapping file says."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('excel', '0005_package_guards'),
    ]

    operations = [
        migrations.AddField(
            model_name='upload',
            name='options',
            field=models.JSONField(db_comment='对应文件中各数据项的原值对应的本系统代码', default=dict, verbose_name='代码对应'),
        ),
    ]
