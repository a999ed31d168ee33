"""`TaskList`: tasks in order, which are found by their names.

A namespace of 10,000 variables that is kept for the first time is as many tasks. What a cell has to
ask about them costs by what the cell changed, and not by how many there are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from livens.state.keeping.tasks import Task


class TaskList:
    """Tasks in the order in which they came.

    Examples
    --------
    >>> from livens.state.keeping.codec import ValueCodec
    >>> from livens.protocol.redaction import Redactor
    >>> tasks = TaskList()
    >>> tasks.append(Task(frozenset("ab"), {}, ValueCodec(Redactor(), 1_000)))
    >>> [sorted(task.names) for task in tasks.touching({"b", "c"})]
    [['a', 'b']]
    """

    def __init__(self) -> None:
        self._tasks: dict[Task, None] = {}
        self._by_name: dict[str, dict[Task, None]] = {}
        self._begun: dict[Task, None] = {}

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._tasks)

    def __iter__(self) -> Iterator[Task]:
        """Return them all, as they are now."""
        return iter(list(self._tasks))

    def __contains__(self, task: Task) -> bool:
        """Return whether a task is among them."""
        return task in self._tasks

    def append(self, task: Task) -> None:
        """Add a task."""
        self._tasks[task] = None
        for name in task.names:
            self._by_name.setdefault(name, {})[task] = None

    def remove(self, task: Task) -> None:
        """Take a task away; it holds nothing of the user's then.

        Raises
        ------
        KeyError
            If it is not there.
        """
        del self._tasks[task]
        self._begun.pop(task, None)
        for name in task.names:
            tasks = self._by_name[name]
            del tasks[task]
            if not tasks:
                del self._by_name[name]
        task.release()

    def touching(self, names: Collection[str]) -> list[Task]:
        """Return the tasks that have any of these names."""
        known = self._by_name
        both = [n for n in known if n in names] if len(known) < len(names) else names
        return list(dict.fromkeys(task for name in both for task in known.get(name, ())))

    def first(self) -> Task | None:
        """Return the task that came first; None if there is none."""
        return next(iter(self._tasks), None)

    def begin(self, task: Task) -> None:
        """Note that a task may hold something of the user's from now on."""
        if task in self._tasks:
            self._begun[task] = None

    def release(self) -> None:
        """Have all tasks hold nothing of the user's."""
        for task in list(self._begun):
            task.release()
