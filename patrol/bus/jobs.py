"""Long work in other processes: planning jobs on RQ, with progress, cancelling and JSON only.

RQ's own serializer is pickle, which lets whoever reaches Redis run code; ours is JSON, and a job
names its function by a dotted path inside this package.
"""

import importlib
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, cast

import orjson
import redis
from rq import Queue, SimpleWorker, get_current_job
from rq.exceptions import NoSuchJobError
from rq.job import Job, JobStatus
from rq.timeouts import TimerDeathPenalty

from patrol.bus.told import told_plainly
from patrol.model.errors import InputError, PatrolError

log = logging.getLogger(__name__)

KEPT_S = 86_400
"""How long a finished job's result and progress can still be asked for."""

LONGEST_S = 2 * 3_600
"""A job that takes longer is given up."""

TASK_PACKAGE = "patrol.worker."
"""Only functions in here may be jobs."""

Task = Callable[[Any, str, dict[str, Any]], Mapping[str, Any]]
"""Called with the worker's context (its services), the job's id and the payload."""


class JsonSerializer:
    """What RQ puts on Redis, and nothing that could be code."""

    @staticmethod
    def dumps(value: Any) -> bytes:
        """Write; tuples become lists."""
        return orjson.dumps(value)

    @staticmethod
    def loads(data: bytes) -> Any:
        """Read back."""
        return orjson.loads(data)


@dataclass(frozen=True, slots=True)
class JobState:
    """A job as it is shown: ``queued``, ``running``, ``done``, ``failed`` or ``cancelled``."""

    id: str
    state: str
    progress: dict[str, Any] = field(default_factory=dict)
    result: dict[str, Any] | None = None
    error: str | None = None


class Jobs:
    """Hands work to the workers' queues and asks how far it has got."""

    def __init__(self, client: "redis.Redis") -> None:
        self._redis = client

    def submit(self, queue: str, task: str, payload: Mapping[str, Any]) -> str:
        """Queue a job and give its id.

        Parameters
        ----------
        queue
            Name of the queue, such as ``plans`` or ``replans``.
        task
            ``"patrol.worker.tasks:make_plan"``: a module and a function taking context, job id
            and payload, and returning a map that is plain JSON.
        payload
            Plain JSON.

        Raises
        ------
        InputError
            If the function is outside ``patrol.worker``.
        OutsideError
            If Redis cannot be reached.
        """
        if not task.startswith(TASK_PACKAGE) or task.count(":") != 1:
            raise InputError(f"job must be {TASK_PACKAGE}MODULE:FUNCTION, got {task}")
        with told_plainly("queue a job"):
            job = Queue(queue, connection=self._redis, serializer=JsonSerializer).enqueue_call(
                perform,
                args=(task, dict(payload)),
                timeout=LONGEST_S,
                result_ttl=KEPT_S,
                failure_ttl=KEPT_S,
                description=task,
            )
        return str(job.id)

    def find(self, job_id: str) -> JobState | None:
        """How far the job has got; nothing where it is unknown or long gone."""
        with told_plainly("ask for a job"):
            try:
                job = Job.fetch(job_id, connection=self._redis, serializer=JsonSerializer)
            except NoSuchJobError:
                return None
            status = job.get_status(refresh=False)
            progress = self._read(f"{job_id}:progress") or {}
            latest = job.latest_result()
        outcome = latest.return_value if latest is not None else None
        if isinstance(outcome, dict) and "error" in outcome:
            return JobState(job_id, "failed", progress, None, str(outcome["error"]))
        if status == JobStatus.FINISHED:
            state = "cancelled" if self.cancelled(job_id) else "done"
            result = outcome.get("result") if isinstance(outcome, dict) else None
            return JobState(job_id, state, progress, result)
        if status in (JobStatus.FAILED, JobStatus.STOPPED):
            words = latest.exc_string if latest is not None else None
            return JobState(job_id, "failed", progress, None, _last_line(words))
        if status == JobStatus.CANCELED or (status != JobStatus.STARTED and self.cancelled(job_id)):
            return JobState(job_id, "cancelled", progress)
        return JobState(job_id, "running" if status == JobStatus.STARTED else "queued", progress)

    def report(self, job_id: str, progress: Mapping[str, Any]) -> None:
        """Say how far a running job has got, as plain JSON."""
        with told_plainly("report a job"):
            self._redis.set(_key(f"{job_id}:progress"), orjson.dumps(progress), ex=KEPT_S)

    def cancel(self, job_id: str) -> None:
        """Take the job off its queue, or ask it to stop at its next look.

        Raises
        ------
        OutsideError
            If Redis cannot be reached.
        """
        with told_plainly("cancel a job"):
            self._redis.set(_key(f"{job_id}:cancelled"), b"1", ex=KEPT_S)
            try:
                job = Job.fetch(job_id, connection=self._redis, serializer=JsonSerializer)
            except NoSuchJobError:
                return
            if job.get_status(refresh=False) == JobStatus.QUEUED:
                job.cancel()

    def cancelled(self, job_id: str) -> bool:
        """Whether somebody asked the job to stop; running jobs look now and then."""
        with told_plainly("ask for a job"):
            return bool(self._redis.exists(_key(f"{job_id}:cancelled")))

    def _read(self, name: str) -> dict[str, Any] | None:
        text = cast("bytes | None", self._redis.get(_key(name)))
        return None if text is None else cast("dict[str, Any]", orjson.loads(text))


def _key(name: str) -> str:
    return f"patrol:job:{name}"


def _last_line(words: str | None) -> str:
    lines = (words or "").strip().splitlines()
    return lines[-1] if lines else "the job ended without a word"


_context: ContextVar[Any] = ContextVar("patrol_job_context")


def perform(task: str, payload: dict[str, Any]) -> dict[str, Any]:
    """Run one job inside a worker; RQ calls this.

    A mistake that can be told in plain words becomes the job's error; anything else is RQ's
    business, which keeps the traceback.
    """
    job = get_current_job()
    if job is None:
        raise InputError(f"{task} must be run by a worker")
    if not task.startswith(TASK_PACKAGE):
        raise InputError(f"job must be in {TASK_PACKAGE}, got {task}")
    module, _, name = task.partition(":")
    function = cast("Task", getattr(importlib.import_module(module), name))
    try:
        return {"result": dict(function(_context.get(), str(job.id), payload))}
    except PatrolError as error:
        log.warning("job %s (%s) failed: %s", job.id, task, error)
        return {"error": str(error), "errors": list(error.errors)}


class JobWorker(SimpleWorker):
    """A worker that runs jobs in its own warm process: kernels and graphs stay loaded."""

    # Works off the main thread too, where the default (a signal) does not.
    death_penalty_class = TimerDeathPenalty

    def _install_signal_handlers(self) -> None:
        """Only the main thread may; a worker beside it ends with the process."""
        if threading.current_thread() is threading.main_thread():
            super()._install_signal_handlers()  # type: ignore[no-untyped-call]  # as rq has it


def make_worker(client: "redis.Redis", queues: Sequence[str], context: Any) -> JobWorker:
    """A worker for these queues, first one first; ``context`` is what its jobs are called with."""
    _context.set(context)
    return JobWorker(
        [Queue(name, connection=client, serializer=JsonSerializer) for name in queues],
        connection=client,
        serializer=JsonSerializer,
    )
