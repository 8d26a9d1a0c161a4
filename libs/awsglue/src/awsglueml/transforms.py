"""FindMatches, FindIncrementalMatches, FillMissingValues and EntityDetector: refused when imported."""

raise NotImplementedError(
    "awsglueml.transforms is not built: FindMatches, FillMissingValues and EntityDetector call models that only AWS"
    " has; do this step with a library of your own, or leave it out when the job runs on OpenGlue"
)
