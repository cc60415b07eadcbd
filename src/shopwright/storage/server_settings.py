"""The embedded server's settings, chosen from the machine's memory, cores and disk."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from shopwright.storage.roles import READER

DEFAULT_PORT = 5432
ACCESS_FILE = "shopwright_hba.conf"
"""In the data folder: who may come in from where."""

_MIB = 1024 * 1024
_GIB = 1024 * _MIB


@dataclass(frozen=True)
class Address:
    """Where the server listens on the network."""

    host: str
    port: int

    @classmethod
    def of(cls, text: str) -> Self:
        """From `127.0.0.1:5432`, or `[::1]:5432`."""
        host, _, port = text.rpartition(":")
        return cls(host.strip("[]"), int(port))


def access_text() -> str:
    """The lines of PostgreSQL's file of who may come in.

    Whoever may enter the socket's folder is the owner of the database already. From the network
    the reader comes in, by password, and nobody else.
    """
    return f"""\
# Written by Shopwright at every start of the server; what is changed here is lost.
local all all trust
host all {READER} all scram-sha-256
host all all all reject
"""


def settings_text(
    data_folder: Path,
    socket_folder: Path,
    cluster_name: str,
    overrides: Mapping[str, str],
    listen: Address | None = None,
) -> str:
    """The lines of a PostgreSQL settings file; `overrides` have the last word."""
    settings = {
        **_identity(socket_folder, cluster_name),
        **_network(listen, data_folder),
        **_memory(memory_bytes()),
        **_parallelism(usable_cores()),
        **_bulk_work(shutil.disk_usage(data_folder).free),
        **_log(),
        **overrides,
    }
    lines = [f"{name} = {_quoted(value)}" for name, value in settings.items()]
    return "\n".join(
        [
            "# Written by Shopwright at every start of the server; what is changed here is lost.",
            "# To change a setting for good: alter system set <name> = <value>.",
            *lines,
            "",
        ]
    )


def memory_bytes() -> int:
    """What this process may use: the machine's memory, or the container's limit if lower."""
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    limits = [machine]
    for file in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            limits.append(int(Path(file).read_text()))
        except (OSError, ValueError):  # no such cgroup, or "max"
            continue
    return min(limits)


def usable_cores() -> int:
    """The cores this process may run on."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS
        return os.cpu_count() or 1


def _identity(socket_folder: Path, cluster_name: str) -> dict[str, str]:
    return {
        "cluster_name": cluster_name,  # stands in every process's title, by which it is found
        "unix_socket_directories": '"' + str(socket_folder).replace('"', '""') + '"',
        "unix_socket_permissions": "0700",
        "max_connections": "60",
        "timezone": "UTC",
        "datestyle": "ISO, YMD",
    }


def _network(listen: Address | None, data_folder: Path) -> dict[str, str]:
    """Nobody gets in but by the socket, unless an address is given."""
    if listen is None:
        return {"listen_addresses": "", "port": str(DEFAULT_PORT)}
    return {
        "listen_addresses": listen.host,
        "port": str(listen.port),
        "hba_file": str(data_folder / ACCESS_FILE),
        "password_encryption": "scram-sha-256",
    }


def _memory(memory: int) -> dict[str, str]:
    settings = {
        "shared_buffers": _megabytes(memory // 8, at_least=128, at_most=1024),
        "work_mem": _megabytes(memory // 128, at_least=16, at_most=64),
        "maintenance_work_mem": _megabytes(memory // 32, at_least=64, at_most=512),
        "effective_cache_size": _megabytes(memory // 2, at_least=256, at_most=1024 * 1024),
        "huge_pages": "off",
    }
    shared_memory = Path("/dev/shm")
    if shared_memory.is_dir() and shutil.disk_usage(shared_memory).total < _GIB:
        # Docker gives /dev/shm 64 MB, in which a parallel hash join dies.
        settings["dynamic_shared_memory_type"] = "sysv"
    return settings


def _parallelism(cores: int) -> dict[str, str]:
    helpers = str(min(4, max(1, cores)))
    return {
        "max_worker_processes": str(max(8, 2 * cores + 4)),
        # two parts of a query may each want all helpers
        "max_parallel_workers": str(max(4, 2 * cores)),
        "max_parallel_workers_per_gather": helpers,
        "max_parallel_maintenance_workers": helpers,
    }


def _bulk_work(free_disk: int) -> dict[str, str]:
    return {
        # A table filled in the transaction that made it skips the log.
        "wal_level": "minimal",
        "max_wal_senders": "0",
        # A crash may lose the last commits, whole, within half a second; it never mixes or tears.
        # Deliveries are files, so the next run publishes again what was lost.
        "synchronous_commit": "off",
        "max_wal_size": _megabytes(free_disk // 8, at_least=512, at_most=8192),
        "min_wal_size": _megabytes(free_disk // 64, at_least=80, at_most=512),
        "checkpoint_timeout": "30min",
        "autovacuum": "on",
        "jit": "off",  # the wheel has no LLVM; said so that plans equal those of any other build
        "random_page_cost": "1.1",
        "max_locks_per_transaction": "256",  # one transaction may stage hundreds of deliveries
        # A killed run must not keep its locks until its statement ends.
        "client_connection_check_interval": "1s",
    }


def _log() -> dict[str, str]:
    """A file for each day of the week, so that the log never grows beyond a week.

    No error of a statement: it would be told with the row that it is about, and whoever made the
    statement is told anyway.
    """
    return {
        "log_min_messages": "log",
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
        "logging_collector": "on",
        "log_directory": "log",
        "log_filename": "postgresql-%a.log",
        "log_truncate_on_rotation": "on",
        "log_rotation_age": "1d",
        "log_rotation_size": "0",
        "log_checkpoints": "off",
        "log_timezone": "UTC",
    }


def _megabytes(value: int, *, at_least: int, at_most: int) -> str:
    return f"{min(max(value // _MIB, at_least), at_most)}MB"


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
