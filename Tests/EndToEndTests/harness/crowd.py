"""A process of clients that obeys lines on its input and answers each with one line of JSON."""

import json

from harness.waiting import wait_until


class Crowd:
    """The clients' process, by order and answer."""

    def __init__(self, process):
        self.process = process

    def order(self, line, seconds):
        answered = len(self.process.stdout.all)
        self.process.write(line)
        wait_until(lambda: len(self.process.stdout.all) > answered or not self.process.is_running, seconds, line)
        assert self.process.is_running, f"the crowd gave up: {self.process.stderr.text}"
        print(self.process.stdout.all[-1])
        return json.loads(self.process.stdout.all[-1])
