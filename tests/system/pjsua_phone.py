"""A SIP phone that is not ours: pjsua2 over TLS, verifying its server and asking those that connect for certificates.

Run as a program, since its library keeps one state a process. It tells what happens in lines of JSON, and ends after a
request that it answered or after `seconds`.
"""

from __future__ import annotations

import json
import sys
import time

import pjsua2 as pj


def tell(event: str, **fields: object) -> None:
    sys.stdout.write(json.dumps({"event": event, **fields}) + "\n")
    sys.stdout.flush()


class Phone(pj.Account):
    """Tells what comes; the names of methods are pjsua2's."""

    heard = False

    def onRegState(self, prm: pj.OnRegStateParam) -> None:  # noqa: N802
        tell("REGISTER", status=prm.code, text=prm.reason)

    def onInstantMessageStatus(self, prm: pj.OnInstantMessageStatusParam) -> None:  # noqa: N802
        tell("MESSAGE", status=int(prm.code))

    def onSendRequest(self, prm: pj.OnSendRequestParam) -> None:  # noqa: N802
        tell("OPTIONS", status=prm.e.body.tsxState.tsx.statusCode)

    def onInstantMessage(self, prm: pj.OnInstantMessageParam) -> None:  # noqa: N802
        tell("heard", text=prm.msgBody, sender=prm.fromUri)
        self.heard = True


def start(settings: dict[str, str]) -> pj.Endpoint:
    endpoint = pj.Endpoint()
    endpoint.libCreate()
    config = pj.EpConfig()
    config.uaConfig.threadCnt = 0
    config.uaConfig.mainThreadOnly = True
    config.logConfig.level = config.logConfig.consoleLevel = 3
    endpoint.libInit(config)
    endpoint.audDevManager().setNullDev()
    transport = pj.TransportConfig()
    transport.boundAddress = transport.publicAddress = "127.0.0.1"
    transport.tlsConfig.CaListFile = settings["ca"]
    transport.tlsConfig.certFile = settings["certificate"]
    transport.tlsConfig.privKeyFile = settings["key"]
    transport.tlsConfig.verifyServer = True
    transport.tlsConfig.verifyClient = transport.tlsConfig.requireClientCert = True
    number = endpoint.transportCreate(pj.PJSIP_TRANSPORT_TLS, transport)
    endpoint.libStart()
    tell("listening", address=endpoint.transportGetInfo(number).localName)
    return endpoint


def main(settings: dict[str, str]) -> None:
    endpoint = start(settings)
    server = f"sip:{settings['server']};transport=tls"
    account = pj.AccountConfig()
    account.idUri = "sip:bob@localhost"
    account.regConfig.registrarUri = server
    account.regConfig.retryIntervalSec = 0
    phone = Phone()
    phone.create(account)
    contact = pj.BuddyConfig()
    contact.uri = server
    contact.subscribe = False
    buddy = pj.Buddy()
    buddy.create(phone, contact)
    message = pj.SendInstantMessageParam()
    message.content = "hello"
    buddy.sendInstantMessage(message)
    request = pj.SendRequestParam()
    request.method = "OPTIONS"
    request.txOption.targetUri = server
    phone.sendRequest(request)
    end = time.monotonic() + float(settings["seconds"])
    while time.monotonic() < end and not phone.heard:
        endpoint.libHandleEvents(50)
    for _ in range(10):  # what was answered must leave
        endpoint.libHandleEvents(20)
    endpoint.libDestroy()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
