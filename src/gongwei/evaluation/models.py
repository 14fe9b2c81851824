"""Tables of evaluation; each subject in a module of its own, brought together here."""

from gongwei.evaluation.case_models import Appeal as Appeal
from gongwei.evaluation.case_models import Evidence as Evidence
from gongwei.evaluation.case_models import FraudDecision as FraudDecision
from gongwei.evaluation.case_models import Issue as Issue
from gongwei.evaluation.case_models import IssueStep as IssueStep
from gongwei.evaluation.round_models import Round as Round
from gongwei.evaluation.round_models import RoundScheme as RoundScheme
from gongwei.evaluation.round_models import Score as Score
from gongwei.evaluation.round_models import Sheet as Sheet
from gongwei.evaluation.round_models import YearClosing as YearClosing
from gongwei.evaluation.sampling_models import Sample as Sample
from gongwei.evaluation.sampling_models import SampleCheck as SampleCheck
from gongwei.evaluation.sampling_models import SampledPerson as SampledPerson
from gongwei.evaluation.scheme_models import Scheme as Scheme
