"""Makes `twistd sertwist` known; nothing of ours is imported until it is used."""

from twisted.application.service import ServiceMaker

sertwist = ServiceMaker(
    "sertwist", "sertwist.server.plugin", "SIP and XML-RPC server ruled by a routing script.", "sertwist"
)
