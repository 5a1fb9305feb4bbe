"""Session: one run of a training."""

from dataclasses import dataclass

from train.own.brake import Brake
from train.own.diary import Diary
from train.own.plan import OwnPlan
from train.own.workplace import Workplace


@dataclass(frozen=True, eq=False)
class Session:
    """What a training goes by: its plan, where it keeps itself, what ends it, and whom it tells.

    Parameters
    ----------
    plan : OwnPlan
    work : Workplace
    brake : Brake
    diary : Diary
    """

    plan: OwnPlan
    work: Workplace
    brake: Brake
    diary: Diary
