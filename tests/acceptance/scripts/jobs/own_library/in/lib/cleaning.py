PREFIX = "+47"


class CleanPhone:
    def __init__(self, prefix):
        self.prefix = prefix

    def __call__(self, record):
        digits = "".join(char for char in record["phone"] if char.isdigit()).lstrip("0")
        record["phone"] = self.prefix + digits.removeprefix(self.prefix[1:])
        return record
