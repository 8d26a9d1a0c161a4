"""EvaluateDataQuality: rules in DQDL over the records of a frame."""
# ruff: noqa: ARG002 - transformation_ctx is in Glue's signatures; it names a frame to job bookmarks

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from awsglue.dynamicframe import DynamicFrame, DynamicFrameCollection
from awsglue.notices import notice
from awsglue.options import check
from awsglue.transforms.transform import GlueTransform
from awsgluedq import publishing
from awsgluedq.outcomes import SCHEMA, Dataset, Evaluation, evaluate
from awsgluedq.parser import parse
from awsgluedq.rows import with_outcomes
from awsgluedq.rules import validate

__all__ = ["EvaluateDataQuality"]


class EvaluateDataQuality(GlueTransform):
    """Evaluates a ruleset against a frame.

    A rule that fails is a row of the answer and no error: the script decides what follows. A ruleset that cannot be
    understood is an error before any data is read.
    """

    def __call__(
        self,
        frame: DynamicFrame,
        ruleset: str,
        publishing_options: Mapping[str, Any] = {},
        additional_options: Mapping[str, Any] = {},
        additional_data_sources: Mapping[str, DynamicFrame] = {},
        transformation_ctx: str = "",
    ) -> DynamicFrame:
        """The outcome of each rule, as a record."""
        return _evaluated(frame, ruleset, publishing_options, additional_options, additional_data_sources).outcomes()

    def process_rows(
        self,
        frame: DynamicFrame,
        ruleset: str,
        publishing_options: Mapping[str, Any] = {},
        additional_options: Mapping[str, Any] = {},
        additional_data_sources: Mapping[str, DynamicFrame] = {},
        transformation_ctx: str = "",
    ) -> DynamicFrameCollection:
        """The outcome of each rule, and of each record: frames ruleOutcomes, rowLevelOutcomes and originalData."""
        done = _evaluated(frame, ruleset, publishing_options, additional_options, additional_data_sources)
        frames = {"ruleOutcomes": done.outcomes(), "rowLevelOutcomes": done.rows(), "originalData": frame}
        return DynamicFrameCollection(frames, frame.glue_ctx)


@dataclass(frozen=True, kw_only=True)
class _Evaluated:
    frame: DynamicFrame
    dataset: Dataset
    evaluation: Evaluation

    def outcomes(self) -> DynamicFrame:
        rows = [(one.rule, one.label, one.reason, dict(one.metrics), one.rule) for one in self.evaluation.outcomes]
        made = self.frame.glue_ctx.spark_session.createDataFrame(rows, SCHEMA)
        return DynamicFrame.fromDF(made, self.frame.glue_ctx, "ruleOutcomes")

    def rows(self) -> DynamicFrame:
        rules = [one.rule for one in self.evaluation.outcomes]
        made = with_outcomes(self.dataset.dataframe, self.dataset.schema, rules, self.evaluation.rows)
        return DynamicFrame.fromDF(made, self.frame.glue_ctx, "rowLevelOutcomes")


def _evaluated(
    frame: DynamicFrame,
    ruleset: str,
    publishing_options: Mapping[str, Any],
    additional_options: Mapping[str, Any],
    additional_data_sources: Mapping[str, DynamicFrame],
) -> _Evaluated:
    for given in (frame, *additional_data_sources.values()):
        if not isinstance(given, DynamicFrame):
            raise TypeError(
                f"EvaluateDataQuality takes a DynamicFrame, not a {type(given).__name__};"
                " DynamicFrame.fromDF makes one of a DataFrame"
            )
    if not isinstance(ruleset, str):
        raise TypeError(f"a ruleset is a text in DQDL, not a {type(ruleset).__name__}")
    published = check(publishing_options, publishing.PUBLISHING, what="data quality publishing", use="write")
    chosen = check(additional_options, publishing.ADDITIONAL, what="data quality", use="read")
    parsed = parse(ruleset)
    validate(parsed)
    _tell(published, chosen, analyzers=len(parsed.analyzers))
    started = datetime.now(UTC)
    dataset = Dataset(
        dataframe=frame.toDF(),
        schema=frame.schema(),
        others={name: other.toDF() for name, other in additional_data_sources.items()},
    )
    evaluation = evaluate(
        parsed,
        dataset,
        started,
        composites_by_row=chosen["compositeRuleEvaluation.method"] == "ROW",
        skip_filtered=chosen["rowLevelConfiguration.filteredRowLabel"] == "SKIPPED",
    )
    if published["resultsS3Prefix"]:
        path = publishing.write(
            frame.glue_ctx.spark_session,
            published["resultsS3Prefix"],
            published["dataQualityEvaluationContext"],
            evaluation.outcomes,
            started,
            datetime.now(UTC),
        )
        notice(f"data quality results are in {path}")
    return _Evaluated(frame=frame, dataset=dataset, evaluation=evaluation)


def _tell(published: Mapping[str, Any], chosen: Mapping[str, Any], *, analyzers: int) -> None:
    """What was asked for and changes nothing here, in one line."""
    untouched = [
        name for name in ("enableDataQualityCloudWatchMetrics", "enableDataQualityResultsPublishing") if published[name]
    ]
    untouched += ["performanceTuning.caching"] if chosen["performanceTuning.caching"] != "CACHE_NOTHING" else []
    # Glue Studio asks for observations in every job; without analyzers there is nothing to observe.
    untouched += ["observations.scope"] if analyzers and chosen["observations.scope"] != "NONE" else []
    untouched += ["Analyzers"] if analyzers else []
    if untouched:
        notice(
            f"data quality: {', '.join(untouched)} {'have' if len(untouched) > 1 else 'has'} no effect: results are"
            " the frames that the call answers, and the files below resultsS3Prefix"
        )
