"""What results of 健康体检表 mean, for the doctor and, in plain words, for the resident (physical_exam.md §3, elderly.md §4).

Names are those of the derived abnormalities; explanations and advice are ours [D], written to be read by the resident.
An abnormal result is no diagnosis.
"""

from gongwei.programmes.health_record.abnormal.blood import BLOOD
from gongwei.programmes.health_record.abnormal.body import BODY
from gongwei.programmes.health_record.abnormal.organs import ORGANS

ABNORMAL = (*BODY, *ORGANS, *BLOOD)

__all__ = ["ABNORMAL"]
