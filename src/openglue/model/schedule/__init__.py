"""When a SCHEDULED trigger fires: AWS's cron dialect, parsed and searched (contract 10).

`fields` reads the six fields, `days` knows which days of a month they name, `schedule` finds the fires.
"""

from openglue.model.schedule.schedule import LEAST_MINUTES, Schedule

__all__ = ["LEAST_MINUTES", "Schedule"]
