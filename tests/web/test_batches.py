"""What comes in one turn of the loop is answered together, and what waits goes on by itself."""

import asyncio

from sandbox.web.batches import Batch


class Line:
    """A transport that notes what is written to it, and when among others."""

    def __init__(self, written, *, gone=False):
        self.written = written
        self.gone = gone

    def is_closing(self):
        return self.gone

    def write(self, answer):
        self.written.append(answer)


class Turn:
    """A batch, what has been written, and what was there when each request was begun."""

    def __init__(self):
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, said: self.failed.append(said["exception"]))
        self.tasks, self.written, self.failed, self.seen = set(), [], [], []
        self.batch = Batch(loop, self.tasks)

    def ask(self, answer, *, after=None, gone=False, fails=None):
        self.batch.take(self._answered(answer, after, Line(self.written, gone=gone), fails))

    async def _answered(self, answer, after, line, fails):
        self.seen.append(list(self.written))
        if fails:
            raise fails
        try:
            if after:
                await after.wait()
        except asyncio.CancelledError:
            answer = b"cut off"
            raise
        finally:
            self.batch.put(line, answer)


def run(story):
    async def begun():
        return await story(Turn())

    return asyncio.run(begun())


def test_answers_of_a_turn_leave_together_in_their_order():
    async def story(turn):
        for answer in (b"1", b"2", b"3"):
            turn.ask(answer)
        await asyncio.sleep(0)
        return turn.seen, turn.written, turn.tasks

    assert run(story) == ([[], [], []], [b"1", b"2", b"3"], set())


def test_a_client_that_has_gone_keeps_no_answer_from_the_others():
    async def story(turn):
        turn.ask(b"1")
        turn.ask(b"2", gone=True)
        turn.ask(b"3")
        await asyncio.sleep(0)
        return turn.written

    assert run(story) == [b"1", b"3"]


def test_a_request_that_waits_holds_nobody_up_and_is_looked_after_until_it_is_answered():
    async def story(turn):
        happened = asyncio.Event()
        turn.ask(b"1", after=happened)
        turn.ask(b"2")
        await asyncio.sleep(0)
        before = (list(turn.written), len(turn.tasks))
        happened.set()
        await asyncio.wait(turn.tasks)
        await asyncio.sleep(0)
        return before, (turn.written, len(turn.tasks))

    assert run(story) == (([b"2"], 1), ([b"2", b"1"], 0))


def test_a_request_that_waits_can_be_cut_off():
    async def story(turn):
        turn.ask(b"1", after=asyncio.Event())
        for _ in range(2):  # it is begun, and its task is
            await asyncio.sleep(0)
        (task,) = turn.tasks
        task.cancel()
        await asyncio.wait([task])
        return task.cancelled(), turn.written

    assert run(story) == (True, [b"cut off"])


def test_a_request_that_fails_takes_no_other_with_it():
    wrong = ValueError("not even 500")

    async def story(turn):
        turn.ask(b"1", fails=wrong)
        turn.ask(b"2")
        await asyncio.sleep(0)
        return turn.failed, turn.written

    assert run(story) == ([wrong], [b"2"])


def test_what_has_come_can_be_worked_off_before_the_turn_is_over():
    async def story(turn):
        turn.ask(b"1")
        turn.batch.work_off()
        early = list(turn.written)
        await asyncio.sleep(0)
        return early, turn.written

    assert run(story) == ([b"1"], [b"1"])
