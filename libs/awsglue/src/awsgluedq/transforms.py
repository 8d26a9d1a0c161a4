"""EvaluateDataQuality: refused when imported."""

raise NotImplementedError(
    "awsgluedq.transforms is not built yet: check the data with Spark (toDF().filter(...).count()) and raise in the"
    " script when a rule fails"
)
