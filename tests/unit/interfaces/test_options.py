"""Options of a select: drawn once, then only marked."""

from gongwei.interfaces.web import options

DRAWN = options.drawn([("1", "前村"), ("12", '李<b>"'), (3, "后村")])


def test_titles_and_values_are_escaped():
    assert DRAWN == (
        '<option value="1">前村</option><option value="12">李&lt;b&gt;&quot;</option><option value="3">后村</option>'
    )


def test_only_what_was_asked_for_is_chosen():
    assert options.chosen(DRAWN, "1").count(" selected") == 1
    assert '<option value="1" selected>前村' in options.chosen(DRAWN, "1")
    assert '<option value="12" selected>' in options.chosen(DRAWN, "12", 3)
    assert '<option value="3" selected>' in options.chosen(DRAWN, "12", 3)


def test_what_is_not_offered_changes_nothing():
    assert options.chosen(DRAWN, None, "2", '1" autofocus="') == DRAWN
