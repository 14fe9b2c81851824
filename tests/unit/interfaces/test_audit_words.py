"""The auditor reads words, not keys: examples of what operations write."""

import pytest

from gongwei.interfaces.web.presenters import audit_words


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ({"items": ["address", "employer"]}, "改动的数据项：现住址、工作单位"),
        ({"items": ["employer"], "conflicts": ["address"]}, "改动的数据项：工作单位；冲突的数据项：现住址"),
        ({"what": "encounter", "forms": ["htn_follow_up"]}, "内容：一次服务；表单：高血压患者随访服务记录表"),
        ({"query": {"tag": "KP04", "name": ""}, "ids": ["1", "2"]}, "查询条件：tag KP04；2 条"),
        ({"query": {"sort": "name_sort", "tags": ["KP04"]}}, "查询条件：排序 姓名，人群分类 KP04"),
        ({"items": [], "cleared": ["phone"], "reason": "停机"}, "清除的号码：本人电话；原因：停机"),
        ({"claim": True, "transfer": "01a2"}, "迁入方申请：是；迁移申请：01a2"),
        ({}, ""),
        (None, ""),
    ],
)
def test_detail_in_words(found, words):
    assert audit_words.detail(found) == words
