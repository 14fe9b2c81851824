"""A package is seen by whoever prepared it and by the officers of its county; so are its sheets. A request removes nothing."""

from django.db import migrations

from gongwei.base import rls

OFFICER = f"({rls.ROLE} = 'county_officer' and {rls.within_areas()})"
MINE = f"account_id = {rls.ACCOUNT}"
# The condition of the table of packages is asked again here: its policy decides which packages are there.
OF_PACKAGE = "exists (select 1 from excel_package p where p.id = package_id)"


class Migration(migrations.Migration):
    dependencies = [("excel", "0004_packages")]

    operations = [
        rls.EnableByCondition("excel_package", f"{MINE} or {OFFICER}", MINE),
        rls.GrantOnly("excel_package", "SELECT, INSERT"),
        rls.EnableByParent("excel_packageperson", "package_id", "excel_package"),
        rls.GrantOnly("excel_packageperson", "SELECT"),
        migrations.RunSQL(
            sql=[
                'drop policy "excel_upload_scope" on "excel_upload"',
                'create policy "excel_upload_scope" on "excel_upload" as permissive for all to gongwei_app '
                f"using ({MINE} or {OF_PACKAGE}) with check ({MINE})",
            ],
            reverse_sql=[
                'drop policy "excel_upload_scope" on "excel_upload"',
                'create policy "excel_upload_scope" on "excel_upload" as permissive for all to gongwei_app '
                f"using ({MINE}) with check ({MINE})",
            ],
        ),
    ]
