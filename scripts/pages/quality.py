"""The page of data quality rules."""

from __future__ import annotations

from pages.markdown import code, page, sentence, table

from awsgluedq.conditions import Kind
from awsgluedq.rules import NOT_BUILT, RULES, RuleType


def rules() -> str:
    return page(
        "Data quality rules",
        "The rules of DQDL that `awsgluedq.transforms.EvaluateDataQuality` judges. [How to check the quality of "
        "data](../howto/data-quality.md) tells how they are used.",
        "*Compares with* says what the condition of a rule takes; a rule without one says yes or no. *Rows* are rules "
        "that also say of each record whether it is right; the others are about the data as a whole. *Threshold* are "
        "rules that take `with threshold`, which asks for a share of the rows.",
        table(
            ("rule", "of", "asks", "compares with", "metrics", "`where`", "threshold", "rows"),
            [
                (
                    code(one.name),
                    _taken(one),
                    sentence(one.asks),
                    ", ".join(sorted(one.conditions - {Kind.KEYWORD})),
                    "<br>".join(code(name) for name in one.metrics),
                    "yes" if one.where else "",
                    "yes" if one.threshold else "",
                    "yes" if one.rows else "",
                )
                for one in RULES.values()
            ],
        ),
        "`[C]` is the column's name; where a rule is about several columns, its metrics begin with "
        "`Multicolumn.[C1],[C2]`.",
        "## Refused",
        "These are known and not built. A ruleset that has one is refused with `NotImplementedError`, before any data "
        "is read.",
        table(("rule", "what to do instead"), [(code(name), sentence(text)) for name, text in NOT_BUILT.items()]),
    )


def _taken(rule: RuleType) -> str:
    if rule.most == 0:
        return ""
    if rule.most is None:
        return f"{rule.parameters}s"
    return f"{rule.least} {rule.parameters}s" if rule.least > 1 else f"a {rule.parameters}"
