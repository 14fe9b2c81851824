"""What the database refuses by itself: other places' rows, changed facts, privileges a request does not need."""

from django.db import migrations

from gongwei.base import rls
from gongwei.records import guards

ENCOUNTER = ("resident_id", "area_key")
RESPONSE = (
    "resident_id", "status", "error_at", "error_by", "error_reason", "outcome", "differs",
)
EPISODE = (
    "resident_id", "area_key", "state", "started_on", "ended_on", "end_reason", "diagnosed_on", "organization_id",
    "version",
)
ENVELOPE = ("state", "answer", "answered_at")


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0001_initial"),
        ("residents", "0001_initial"),
        ("base", "0001_ground"),
    ]

    operations = [
        guards.CREATE_FUNCTION,
        guards.follows_resident("records_encounter"),
        rls.EnableByArea("records_encounter"),
        guards.append_only("records_encounter", ENCOUNTER),
        guards.grant("records_encounter", ENCOUNTER),
        # The resident's policy decides; the encounter's would give the same answer by a longer way.
        rls.EnableByParent("records_response", "resident_id", "residents_resident"),
        guards.append_only("records_response", RESPONSE),
        guards.grant("records_response", RESPONSE),
        guards.follows_resident("records_episode"),
        rls.EnableByArea("records_episode"),
        guards.append_only("records_episode", EPISODE),
        guards.grant("records_episode", EPISODE),
        rls.EnableByParent("records_episodechange", "episode_id", "records_episode"),
        guards.append_only("records_episodechange", ()),
        rls.GrantOnly("records_episodechange", "SELECT, INSERT"),
        guards.append_only("records_formversion", ()),
        rls.GrantOnly("records_formversion", "SELECT, INSERT"),
        rls.EnableByCondition("records_rawenvelope", f"received_by = {rls.ACCOUNT}"),
        # The owner may seal the payload again under a new key; a request may not.
        guards.append_only("records_rawenvelope", (*ENVELOPE, "payload_cipher")),
        guards.grant("records_rawenvelope", ENVELOPE),
    ]
