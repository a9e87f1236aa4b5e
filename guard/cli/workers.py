"""Several processes that serve one address: uvicorn's supervisor, with our start, our replacement and our end.

The parent serves nothing and loads no model. It holds the socket, starts the workers and says that Guard is ready when
all of them are. A worker that dies is replaced; the others take the requests meanwhile. What is changed of uvicorn's
behaviour: a worker tells why it could not start, a replacement that cannot start is tried again while others serve, and
nobody outlives the parent.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import sys
import threading
import time
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from uvicorn.config import STARTUP_FAILURE, Config
from uvicorn.supervisors.multiprocess import Multiprocess, Process

from guard.cli.worker import GRACE_S, AnnouncingServer, Application
from guard.errors import GuardError
from guard.telemetry.logging import configure

if TYPE_CHECKING:
    import socket

log = logging.getLogger(__name__)

TICK_S = 0.25
SILENT_S = 30.0
"""A worker that serves and does not answer its parent for so long hangs, and is replaced."""

STOP_S = 2.0 * GRACE_S
"""Seconds for requests under way and then for what the application closes; then a worker is killed."""

FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0
"""Between tries to replace a worker, as long as the replacements cannot start."""


class Worker(Process):
    """One process that serves. `tell` takes its number and, if it cannot start, why: the message and the reason."""

    config: Config

    def __init__(
        self, config: Config, application: Application, sockets: list[socket.socket], tell: Connection
    ) -> None:
        self.application = application
        self.tell = tell
        self.is_serving = False
        self.is_over = False
        self.heard = 0.0
        super().__init__(config, sockets)

    def start(self) -> None:
        """Start the process, deaf to Ctrl-C: the terminal sends that to all, and the parent tells its workers."""
        resource_tracker.ensure_running()  # Else the first start of a process starts that, and unblocks the signal.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            super().start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def target(self, sockets: list[socket.socket] | None = None) -> None:
        """In the new process: serve until stopped."""
        threading.Thread(target=_end_with_parent, daemon=True).start()
        configure()
        self._server = AnnouncingServer(self.config, lambda: self.tell.send((os.getpid(), None)))
        try:
            self.application.check()
            self.application.run(lambda: super(Worker, self).target(sockets))
        except GuardError as error:
            self.tell.send((os.getpid(), (str(error), error.reason_id)))
            sys.exit(STARTUP_FAILURE)

    def is_well(self) -> bool:
        """Whether it runs and, if it serves, has answered lately."""
        if not self.process.is_alive():
            return False
        now = time.monotonic()
        if not self.is_serving or self.ping(timeout=TICK_S / 10):
            self.heard = now
        return now - self.heard < SILENT_S


class Supervisor(Multiprocess):
    """Keeps the workers running until a signal says stop.

    Args:
        config: uvicorn's, with the number of workers; its application is `application`.
        ready: the line to print when all of them serve.
    """

    def __init__(self, config: Config, application: Application, bound: socket.socket, ready: str) -> None:
        super().__init__(config, [bound])
        self._application = application
        self._ready = ready
        self._is_ready = False
        self._reports, self._tell = multiprocessing.Pipe(duplex=False)
        self._workers: list[Worker] = []
        self._told: dict[int, GuardError] = {}
        self._failure: GuardError | None = None
        self._pause = FIRST_PAUSE_S
        self._not_before = 0.0

    def run(self) -> None:
        """Serve until stopped. Raises GuardError when the workers could not start; then none is left."""
        try:
            self._workers = [self._started() for _ in range(self.processes_num)]
            while not self.should_exit.wait(TICK_S):
                self.handle_signals()
                self._listen()
                self.keep_subprocess_alive()
        finally:
            self._stop()
        if self._failure:
            raise self._failure

    def keep_subprocess_alive(self) -> None:
        """Replace the workers that ended or hang."""
        for index, worker in enumerate(self._workers):
            if self.should_exit.is_set():
                return
            if worker.is_well():
                continue
            if not worker.is_over:
                self._end(worker)
            if self.should_exit.is_set() or time.monotonic() < self._not_before:
                continue
            self._workers[index] = self._started()

    def handle_hup(self) -> None:
        """The terminal is gone: stop, as one process would."""
        self.handle_term()

    def handle_ttin(self) -> None:
        """Nothing: how many workers there are is a setting."""

    def handle_ttou(self) -> None:
        """Nothing: how many workers there are is a setting."""

    def _started(self) -> Worker:
        worker = Worker(self.config, self._application, self.sockets, self._tell)
        worker.start()
        return worker

    def _listen(self) -> None:
        """Take in what workers told of themselves."""
        while self._reports.poll():
            pid, failure = self._reports.recv()
            for worker in self._workers:
                if worker.pid == pid and failure is None:
                    worker.is_serving, worker.heard = True, time.monotonic()
                    self._pause = FIRST_PAUSE_S
            if failure is not None:
                self._told[pid] = GuardError(failure[0], reason_id=failure[1])
        if not self._is_ready and all(worker.is_serving for worker in self._workers):
            self._is_ready = True
            print(self._ready, flush=True)

    def _end(self, worker: Worker) -> None:
        """A worker ended, or must: take note why. One that could not start ends all, unless others serve."""
        worker.is_over = True
        worker.kill()
        worker.join()
        self._listen()  # It may have told why a moment before it ended.
        failure = self._told.pop(worker.pid or 0, None)
        if worker.is_serving:
            log.warning("A worker ended and is replaced.", extra={"status": worker.exitcode})
            return
        failure = failure or GuardError(f"A worker ended before it was ready (exit status {worker.exitcode}).")
        if not self._is_ready or not any(each.is_serving and not each.is_over for each in self._workers):
            self._failure = failure
            self.should_exit.set()
            return
        log.warning("A worker could not start and is tried again.", extra={"reason_id": failure.reason_id})
        self._not_before = time.monotonic() + self._pause
        self._pause = min(2 * self._pause, LONGEST_PAUSE_S)

    def _stop(self) -> None:
        """End all workers: with patience, then without."""
        for worker in self._workers:
            worker.terminate()
        deadline = time.monotonic() + STOP_S
        for worker in self._workers:
            worker.process.join(max(0.0, deadline - time.monotonic()))
            if worker.exitcode is None:
                log.warning("A worker did not stop and was killed.")
                worker.kill()
                worker.join()


def _end_with_parent() -> None:
    """In a worker: stop when the parent is gone, however it went. Nobody else would."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(STOP_S)
        os._exit(1)
