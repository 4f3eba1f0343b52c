"""Names that OpenSIPS has for global settings of ours (reference language 2.2)."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

__all__ = ["OTHER_NAMES"]

OTHER_NAMES: Final = MappingProxyType(
    {
        "log_level": "debug",
        "stderror_enabled": "log_stderror",
        "log_stdout": "log_stderror",
        "syslog_enabled": "log_stderror",
        "syslog_facility": "log_facility",
        "syslog_name": "log_name",
        "udp_workers": "children",
        "tcp_workers": "tcp_children",
        "tcp_max_msg_time": "tcp_msg_read_timeout",
        "debug_mode": "fork",
        "shm_memlog_size": "shm_mem_size",
        "memdump": "memlog",
        "open_files": "open_files_limit",
        "stderror_level_filter": "log_stderror",
        "stderror_log_format": "log_stderror",
        "syslog_level_filter": "log_stderror",
        "syslog_log_format": "log_stderror",
        "tcp_socket_backlog": "tcp_listen_backlog",
        "tcp_keepinterval": "tcp_keepintvl",
        "tcp_keepcount": "tcp_keepcnt",
    }
)
