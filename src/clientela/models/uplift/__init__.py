"""Who responds to being treated: learners of the difference, and the judgement whether visitors differ at all."""

from clientela.models.uplift.judging import judge_uplift
from clientela.models.uplift.learners import DRLearner, SLearner, TLearner
from clientela.models.uplift.result import UpliftResult

__all__ = ["DRLearner", "SLearner", "TLearner", "UpliftResult", "judge_uplift"]
