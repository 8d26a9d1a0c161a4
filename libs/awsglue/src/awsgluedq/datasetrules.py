"""Rules about a dataset as a whole."""

from __future__ import annotations

import re

from awsgluedq.checks import CannotJudgeError, Check, Requirement, Subject, unmet, unmet_count
from awsgluedq.metrics import Constant, Source, Statement


def row_count(subject: Subject) -> Check:
    return _counted(subject, "RowCount", subject.aggregate("count(*)"))


def column_count(subject: Subject) -> Check:
    return _counted(subject, "ColumnCount", Constant(value=len(subject.schema.fields)))


def _counted(subject: Subject, what: str, source: Source) -> Check:
    return Check(
        requirements=(
            Requirement(metric=f"Dataset.*.{what}", source=source, holds=subject.condition.holds, wording=unmet_count),
        )
    )


def column_exists(subject: Subject) -> Check:
    """AWS shows no metric for it."""
    subject.any_column(subject.names[0])
    return Check(requirements=())


def column_names(subject: Subject) -> Check:
    """As on AWS, a name matches when the pattern is found anywhere in it."""
    names = [field.name for field in subject.schema]
    if not names:
        raise CannotJudgeError("Input data has no columns!")
    others = [name for name in names if not re.search(subject.names[0], name)]
    return Check(
        requirements=(
            Requirement(
                metric="Dataset.*.ColumnNamesPatternMatchRatio",
                source=Constant(value=1 - len(others) / len(names)),
                holds=lambda share: share == 1,
                wording=lambda _share: f"Columns that do not match the pattern: {', '.join(others)}",
            ),
        )
    )


def statement(subject: Subject) -> Check:
    return Check(
        requirements=(
            Requirement(
                metric="Dataset.*.CustomSQL",
                source=Statement(sql=subject.names[0]),
                holds=subject.condition.holds,
                wording=unmet,
            ),
        )
    )
