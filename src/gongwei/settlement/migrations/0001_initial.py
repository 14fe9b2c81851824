from django.db import migrations


class Migration(migrations.Migration):
    initial = True

    dependencies = [("places", "0001_initial")]

    operations = []
