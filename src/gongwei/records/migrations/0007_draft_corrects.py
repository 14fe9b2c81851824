from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('records', '0006_draft'),
    ]

    operations = [
        migrations.AddField(
            model_name='draft',
            name='corrects',
            field=models.UUIDField(blank=True, db_comment='正在更正的记录编号；填新表时为空', null=True, verbose_name='更正的记录'),
        ),
        migrations.RemoveConstraint(
            model_name='draft',
            name='draft_one_of_form',
        ),
        migrations.AddConstraint(
            model_name='draft',
            constraint=models.UniqueConstraint(fields=('account_id', 'resident', 'form_code', 'corrects'), name='draft_one_of_page', nulls_distinct=False),
        ),
    ]
