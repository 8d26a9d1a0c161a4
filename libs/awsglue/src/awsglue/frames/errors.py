"""What could not be read or computed on the way to a frame."""

from __future__ import annotations

from typing import Self

from awsglue import errorrecords
from awsglue.frames.frame import Frame
from awsglue.plan import Records, empty


class Errors(Frame):
    """The part of a DynamicFrame that tells of its error records."""

    def errorsCount(self) -> int:
        """How many records could not be read or computed on the way to this frame."""
        return sum(errors.count() for errors in self._plan.records().errors)

    def stageErrorsCount(self) -> int:
        """How many of them the last step made."""
        return sum(errors.count() for errors in self._plan.records().stage_errors)

    def errorsAsDynamicFrame(self) -> Self:
        """The error records, each with what went wrong in its field `error`."""

        def step(records: Records) -> Records:
            if not records.errors:
                return empty(records.dataframe.sparkSession)
            return Records(dataframe=errorrecords.union(records.errors), schema=errorrecords.SCHEMA)

        return self._then(step)

    def assertErrorThreshold(self) -> None:
        """Raise when there are more errors than the frame's thresholds allow; a threshold of 0 allows any number."""
        for what, allowed, count in (
            ("stageThreshold", self._stage_threshold, self.stageErrorsCount),
            ("totalThreshold", self._total_threshold, self.errorsCount),
        ):
            if allowed and (errors := count()) > allowed:
                raise RuntimeError(
                    f"{errors} error records are more than the {what} of {allowed} in frame {self.name!r}"
                )
