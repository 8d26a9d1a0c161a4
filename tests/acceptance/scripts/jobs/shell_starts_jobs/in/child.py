import sys

from awsglue.utils import getResolvedOptions

day = getResolvedOptions(sys.argv, ["day"])["day"]
if day == "sunday":
    raise RuntimeError("closed on sunday")
print("did", day)
